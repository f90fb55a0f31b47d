//===- Json.h - a small strict JSON reader and writer -----------*- C++ -*-===//
//
// Reads manifests, headers of checkpoints and metrics records. Strict RFC 8259:
// no comments, no trailing text, valid UTF-8, no duplicate keys; nesting is
// limited to 64 so that hostile input cannot exhaust the stack.
//
//===----------------------------------------------------------------------===//
#ifndef QNET_RUNTIME_LIB_JSON_H
#define QNET_RUNTIME_LIB_JSON_H

#include "Support.h"

#include <utility>

namespace qnet::rt {

struct JsonValue {
  enum class Kind { Null, Bool, Number, String, Array, Object };
  Kind kind = Kind::Null;
  bool boolean = false;
  /// A number is an integer when written without fraction and exponent and when
  /// it fits; `number` is set in either case.
  bool isInteger = false;
  int64_t integer = 0;
  double number = 0;
  std::string string;
  std::vector<JsonValue> elements;
  std::vector<std::pair<std::string, JsonValue>> members;

  bool isObject() const { return kind == Kind::Object; }
  bool isArray() const { return kind == Kind::Array; }
  bool isString() const { return kind == Kind::String; }
  /// The member of this name, or null (also when this is no object).
  const JsonValue *find(std::string_view name) const;
};

/// Parses one JSON text. The message of a failure names the byte offset.
Status parseJson(std::string_view text, JsonValue &value);

/// `text` as a JSON string with its quotes.
std::string quoteJson(std::string_view text);

/// Reads members of one object; the first failure is kept and later reads do
/// nothing, so that a caller checks once. `where` starts the message.
class JsonReader {
public:
  JsonReader(const JsonValue &object, std::string where);
  bool has(const char *key) const { return source.find(key); }
  std::string string(const char *key);
  bool boolean(const char *key);
  int64_t integer(const char *key, int64_t least, int64_t most);
  Shape shape(const char *key);
  const std::vector<JsonValue> &array(const char *key);
  const JsonValue &object(const char *key);
  void fail(const std::string &text);
  const Status &status() const { return result; }

private:
  const JsonValue *get(const char *key, JsonValue::Kind kind,
                       const char *expected);
  const JsonValue &source;
  std::string place;
  Status result;
};

} // namespace qnet::rt

#endif // QNET_RUNTIME_LIB_JSON_H
