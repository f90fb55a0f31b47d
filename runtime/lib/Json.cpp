//===- Json.cpp - a small strict JSON parser ------------------------------===//
//
// Recursive descent over the text; every function leaves `position` at the
// first byte it did not use, or sets the error and returns false.
//
//===----------------------------------------------------------------------===//
#include "Json.h"

#include <algorithm>

using namespace qnet::rt;

namespace {
constexpr int maxDepth = 64;

class Parser {
public:
  explicit Parser(std::string_view text) : text(text) {}

  Status parse(JsonValue &value) {
    if (parseValue(value, 0)) {
      skipSpace();
      if (position == text.size())
        return Status::success();
      fail("unexpected text after the value");
    }
    return failure("%s at byte %zu", error, position);
  }

private:
  bool fail(const char *reason) {
    error = reason;
    return false;
  }
  bool atEnd() const { return position == text.size(); }
  char peek() const { return atEnd() ? '\0' : text[position]; }
  bool consume(char expected) {
    if (peek() != expected || atEnd())
      return false;
    ++position;
    return true;
  }
  void skipSpace() {
    while (!atEnd() && (peek() == ' ' || peek() == '\t' || peek() == '\n' ||
                        peek() == '\r'))
      ++position;
  }

  bool parseValue(JsonValue &value, int depth);
  bool parseArray(JsonValue &value, int depth);
  bool parseObject(JsonValue &value, int depth);
  bool parseNumber(JsonValue &value);
  bool parseString(std::string &string);
  bool parseEscape(std::string &string);
  bool parseHex(uint32_t &code);
  bool parseUtf8(std::string &string);
  bool parseDigits();
  bool parseWord(std::string_view word, JsonValue &value, JsonValue::Kind kind,
                 bool boolean);

  std::string_view text;
  size_t position = 0;
  const char *error = "";
};
} // namespace

static void appendUtf8(std::string &string, uint32_t code) {
  if (code < 0x80) {
    string += char(code);
    return;
  }
  if (code < 0x800) {
    string += char(0xC0 | code >> 6);
  } else {
    if (code < 0x10000) {
      string += char(0xE0 | code >> 12);
    } else {
      string += char(0xF0 | code >> 18);
      string += char(0x80 | (code >> 12 & 0x3F));
    }
    string += char(0x80 | (code >> 6 & 0x3F));
  }
  string += char(0x80 | (code & 0x3F));
}

bool Parser::parseHex(uint32_t &code) {
  code = 0;
  for (int i = 0; i < 4; ++i, ++position) {
    char c = peek();
    int digit = c >= '0' && c <= '9'   ? c - '0'
                : c >= 'a' && c <= 'f' ? c - 'a' + 10
                : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                       : -1;
    if (digit < 0)
      return fail("expected four hexadecimal digits");
    code = code * 16 + digit;
  }
  return true;
}

bool Parser::parseEscape(std::string &string) {
  static constexpr std::string_view names = "\"\\/bfnrt";
  static constexpr std::string_view values = "\"\\/\b\f\n\r\t";
  if (consume('u')) {
    uint32_t code, low;
    if (!parseHex(code))
      return false;
    if (code >= 0xD800 && code < 0xDC00) {
      if (!consume('\\') || !consume('u') || !parseHex(low) || low < 0xDC00 ||
          low > 0xDFFF)
        return fail("expected the second half of a surrogate pair");
      code = 0x10000 + ((code - 0xD800) << 10) + (low - 0xDC00);
    } else if (code >= 0xDC00 && code <= 0xDFFF) {
      return fail("unexpected second half of a surrogate pair");
    }
    appendUtf8(string, code);
    return true;
  }
  size_t index = atEnd() ? names.npos : names.find(peek());
  if (index == names.npos)
    return fail("unknown escape");
  ++position;
  string += values[index];
  return true;
}

bool Parser::parseUtf8(std::string &string) {
  auto byte = [&](size_t i) {
    return position + i < text.size() ? uint8_t(text[position + i]) : 0u;
  };
  uint32_t first = byte(0);
  int length = first < 0x80                     ? 1
               : first >= 0xC2 && first < 0xE0  ? 2
               : first >= 0xE0 && first < 0xF0  ? 3
               : first >= 0xF0 && first <= 0xF4 ? 4
                                                : 0;
  bool valid = length > 0;
  for (int i = 1; i < length; ++i)
    valid &= (byte(i) & 0xC0) == 0x80;
  // Overlong forms, surrogates and code points past the last plane.
  valid &= !(first == 0xE0 && byte(1) < 0xA0) &&
           !(first == 0xED && byte(1) > 0x9F) &&
           !(first == 0xF0 && byte(1) < 0x90) &&
           !(first == 0xF4 && byte(1) > 0x8F);
  if (!valid)
    return fail("invalid utf-8");
  string.append(text.substr(position, length));
  position += length;
  return true;
}

bool Parser::parseString(std::string &string) {
  string.clear();
  if (!consume('"'))
    return fail("expected a string");
  while (!consume('"')) {
    if (atEnd())
      return fail("unterminated string");
    if (uint8_t(peek()) < 0x20)
      return fail("unescaped control character in a string");
    if (consume('\\') ? !parseEscape(string) : !parseUtf8(string))
      return false;
  }
  return true;
}

bool Parser::parseDigits() {
  if (peek() < '0' || peek() > '9')
    return fail("expected a digit");
  while (peek() >= '0' && peek() <= '9')
    ++position;
  return true;
}

bool Parser::parseNumber(JsonValue &value) {
  size_t start = position;
  consume('-');
  if (!consume('0') && !parseDigits())
    return false;
  bool integral = true;
  if (consume('.')) {
    integral = false;
    if (!parseDigits())
      return false;
  }
  if (consume('e') || consume('E')) {
    integral = false;
    if (!consume('+'))
      consume('-');
    if (!parseDigits())
      return false;
  }
  std::string_view token = text.substr(start, position - start);
  value.kind = JsonValue::Kind::Number;
  value.isInteger = integral && parseInteger(token, value.integer);
  if (!parseExact(token, value.number))
    return fail("number out of range");
  return true;
}

bool Parser::parseArray(JsonValue &value, int depth) {
  value.kind = JsonValue::Kind::Array;
  skipSpace();
  if (consume(']'))
    return true;
  do {
    value.elements.emplace_back();
    if (!parseValue(value.elements.back(), depth + 1))
      return false;
    skipSpace();
  } while (consume(','));
  return consume(']') || fail("expected ',' or ']'");
}

bool Parser::parseObject(JsonValue &value, int depth) {
  value.kind = JsonValue::Kind::Object;
  skipSpace();
  if (consume('}'))
    return true;
  do {
    skipSpace();
    value.members.emplace_back();
    auto &member = value.members.back();
    if (!parseString(member.first))
      return false;
    skipSpace();
    if (!consume(':'))
      return fail("expected ':'");
    if (!parseValue(member.second, depth + 1))
      return false;
    skipSpace();
  } while (consume(','));
  if (!consume('}'))
    return fail("expected ',' or '}'");
  std::vector<std::string_view> keys;
  for (auto &member : value.members)
    keys.push_back(member.first);
  std::sort(keys.begin(), keys.end());
  if (std::adjacent_find(keys.begin(), keys.end()) != keys.end())
    return fail("duplicate key in the object that ends");
  return true;
}

bool Parser::parseWord(std::string_view word, JsonValue &value,
                       JsonValue::Kind kind, bool boolean) {
  if (text.substr(position, word.size()) != word)
    return fail("expected a value");
  position += word.size();
  value.kind = kind;
  value.boolean = boolean;
  return true;
}

bool Parser::parseValue(JsonValue &value, int depth) {
  if (depth > maxDepth)
    return fail("nested too deeply");
  skipSpace();
  if (atEnd())
    return fail("unexpected end");
  if (consume('{'))
    return parseObject(value, depth);
  if (consume('['))
    return parseArray(value, depth);
  switch (peek()) {
  case '"':
    value.kind = JsonValue::Kind::String;
    return parseString(value.string);
  case 't':
    return parseWord("true", value, JsonValue::Kind::Bool, true);
  case 'f':
    return parseWord("false", value, JsonValue::Kind::Bool, false);
  case 'n':
    return parseWord("null", value, JsonValue::Kind::Null, false);
  default:
    if (peek() != '-' && (peek() < '0' || peek() > '9'))
      return fail("expected a value");
    return parseNumber(value);
  }
}

Status qnet::rt::parseJson(std::string_view text, JsonValue &value) {
  value = JsonValue();
  return Parser(text).parse(value);
}
