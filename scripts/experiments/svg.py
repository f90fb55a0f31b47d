"""Small plots as SVG text: lines and bars, linear or logarithmic axes."""
import math
from html import escape

COLORS = ("#1b6ca8", "#d1495b", "#2e933c", "#8d5fb0", "#c78500", "#555555", "#00898a")
WIDTH, HEIGHT = 600, 300
LEFT, RIGHT, TOP, BOTTOM = 62, 160, 28, 42  # the legend stands at the right


class Axis:
    """Maps values to pixels from `first` to `last`."""

    def __init__(self, values, log, first, last):
        values = [v for v in values if math.isfinite(v) and (v > 0 or not log)]
        values = values or [1.0]
        self.log = log
        low, high = min(map(self.scale, values)), max(map(self.scale, values))
        margin = 0.04 * (high - low) or 0.5
        self.low, self.high = low - margin, high + margin
        self.first, self.last = first, last

    def scale(self, value):
        return math.log10(value) if self.log else value

    def pixel(self, value):
        share = (self.scale(value) - self.low) / (self.high - self.low)
        return self.first + share * (self.last - self.first)

    def holds(self, value):
        return math.isfinite(value) and (value > 0 or not self.log)

    def ticks(self):
        if self.log:
            powers = range(math.ceil(self.low), math.floor(self.high) + 1)
            if len(powers) >= 2:
                step = -(-len(powers) // 7)
                return [10.0 ** power for power in powers][::step]
            ends = (self.low, (self.low + self.high) / 2, self.high)
            return [float(f"{10 ** end:.1g}") for end in ends
                    if self.low <= math.log10(float(f"{10 ** end:.1g}")) <= self.high]
        rough = (self.high - self.low) / 5
        unit = 10.0 ** math.floor(math.log10(rough))
        step = next(unit * m for m in (1, 2, 5, 10) if unit * m >= rough)
        start = math.ceil(self.low / step)
        return [step * i for i in range(start, math.floor(self.high / step) + 1)]


class Plot:
    """One plot. `lines` are (label, [(x, y)]); `bars` share the x of the plot."""

    def __init__(self, title, x_label, y_label, log_x=False, log_y=False):
        self.title, self.x_label, self.y_label = title, x_label, y_label
        self.log_x, self.log_y = log_x, log_y
        self.series = []

    def line(self, label, points, dashed=False):
        self.series.append((label, list(points), "dashed" if dashed else "line"))

    def bars(self, label, points):
        self.series.append((label, list(points), "bars"))

    def svg(self, x=0, y=0):
        xs = [px for _, points, _ in self.series for px, _ in points]
        ys = [py for _, points, _ in self.series for _, py in points]
        if not self.log_y and any(kind == "bars" for *_, kind in self.series):
            ys.append(0.0)
        self.x = Axis(xs, self.log_x, LEFT, WIDTH - RIGHT)
        self.y = Axis(ys, self.log_y, HEIGHT - BOTTOM, TOP)
        parts = [f'<g transform="translate({x},{y})">', *self.frame()]
        for number, (label, points, kind) in enumerate(self.series):
            points = [p for p in points if self.x.holds(p[0]) and self.y.holds(p[1])]
            color = COLORS[number % len(COLORS)]
            draw = self.draw_bars if kind == "bars" else self.draw_line
            parts += draw(points, color, kind, number)
            parts += legend(label, color, number)
        return "\n".join([*parts, "</g>"])

    def frame(self):
        yield (f'<rect x="{LEFT}" y="{TOP}" width="{WIDTH - LEFT - RIGHT}" '
               f'height="{HEIGHT - TOP - BOTTOM}" fill="none" stroke="#888"/>')
        yield text((LEFT + WIDTH - RIGHT) / 2, 16, self.title, "middle", 13)
        yield text((LEFT + WIDTH - RIGHT) / 2, HEIGHT - 8, self.x_label, "middle")
        yield (f'<g transform="rotate(-90 13 {HEIGHT / 2})">'
               + text(13, HEIGHT / 2, self.y_label, "middle") + "</g>")
        for tick in self.x.ticks():
            pixel = self.x.pixel(tick)
            yield (f'<path d="M{pixel:.1f} {HEIGHT - BOTTOM}v4" stroke="#888"/>'
                   + text(pixel, HEIGHT - BOTTOM + 16, f"{tick:.4g}", "middle"))
        for tick in self.y.ticks():
            pixel = self.y.pixel(tick)
            yield (f'<path d="M{LEFT} {pixel:.1f}h-4" stroke="#888"/>'
                   + text(LEFT - 7, pixel + 4, f"{tick:.3g}", "end"))

    def draw_line(self, points, color, kind, number):
        place = " ".join(f"{self.x.pixel(px):.1f},{self.y.pixel(py):.1f}"
                         for px, py in points)
        dash = ' stroke-dasharray="5 4"' if kind == "dashed" else ""
        yield (f'<polyline points="{place}" fill="none" stroke="{color}" '
               f'stroke-width="1.6"{dash}/>')
        if len(points) < 40 and kind == "line":
            for px, py in points:
                yield (f'<circle cx="{self.x.pixel(px):.1f}" '
                       f'cy="{self.y.pixel(py):.1f}" r="2.4" fill="{color}"/>')

    def draw_bars(self, points, color, kind, number):
        groups = sum(1 for *_, kind in self.series if kind == "bars")
        room = 0.8 * (WIDTH - LEFT - RIGHT) / max(1, len(points))
        floor = self.y.pixel(0.0) if not self.log_y else HEIGHT - BOTTOM
        for px, py in points:
            left = self.x.pixel(px) - room / 2 + number * room / groups
            top = self.y.pixel(py)
            yield (f'<rect x="{left:.1f}" y="{top:.1f}" width="{room / groups:.1f}" '
                   f'height="{max(0.0, floor - top):.1f}" fill="{color}"/>')


def text(x, y, words, anchor, size=11):
    return (f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" '
            f'font-size="{size}">{escape(words)}</text>')


def legend(label, color, number):
    x, y = WIDTH - RIGHT + 10, TOP + 10 + 15 * number
    yield f'<rect x="{x}" y="{y - 8}" width="9" height="9" fill="{color}"/>'
    yield text(x + 14, y, label, "start")


def figure(plots, columns=2):
    """All plots in one SVG that needs nothing else."""
    columns = min(columns, len(plots))
    rows = -(-len(plots) // columns)
    width, height = columns * WIDTH, rows * HEIGHT
    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" '
             f'viewBox="0 0 {width} {height}" font-family="sans-serif">',
             f'<rect width="{width}" height="{height}" fill="white"/>']
    for number, plot in enumerate(plots):
        parts.append(plot.svg(number % columns * WIDTH, number // columns * HEIGHT))
    return "\n".join([*parts, "</svg>"]) + "\n"
