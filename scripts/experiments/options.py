"""Options of experiments: --name=value, each with a default and a kind."""


class UsageError(Exception):
    """A wrong command line: one line."""


class Option:
    """`kind` makes a value of text (ValueError if it cannot); `quick` is the default
    under --quick."""

    def __init__(self, name, default, kind, help, quick=None):
        self.name, self.default, self.kind, self.help = name, default, kind, help
        self.quick = default if quick is None else quick

    @property
    def key(self):
        return self.name.replace("-", "_")


def positive(text):
    """A whole number from 1."""
    value = int(text)
    if value < 1:
        raise ValueError
    return value


def list_of(kind):
    def parse(text):
        return [kind(part) for part in text.split(",")]
    parse.__doc__ = kind.__doc__.rstrip(".") + ", comma separated"
    return parse


def positive_number(text):
    """A number above 0."""
    value = float(text)
    if not 0 < value < float("inf"):
        raise ValueError
    return value


def choice(*names):
    def parse(text):
        if text not in names:
            raise ValueError
        return text
    parse.__doc__ = "one of " + ", ".join(names)
    return parse


def text(value):
    """Text."""
    if not value:
        raise ValueError
    return value


class Settings:
    """The values of an experiment's options, as attributes."""

    def __init__(self, options, arguments, quick):
        known = {option.name: option for option in options}
        for option in options:
            setattr(self, option.key, option.quick if quick else option.default)
        for argument in arguments:
            name, equals, value = argument.partition("=")
            option = known.get(name[2:]) if name.startswith("--") else None
            if option is None:
                names = ", ".join(f"--{name}" for name in
                                  [*known, "out", "quick", "check"])
                raise UsageError(f"unknown option '{argument}', expected one of {names}")
            try:
                setattr(self, option.key, option.kind(value))
            except ValueError:
                wanted = option.kind.__doc__.rstrip(".")
                raise UsageError(f"option '{name}' expects {wanted[:1].lower()}"
                                 f"{wanted[1:]}, got '{value}'") from None
