//===- JsonAccess.cpp - typed access to JSON values and quoting -----------===//
//
// What the readers of manifests and headers share: members by name and kind,
// with a message that says where and what was expected.
//
//===----------------------------------------------------------------------===//
#include "Json.h"

using namespace qnet::rt;

static const JsonValue emptyValue;

const JsonValue *JsonValue::find(std::string_view name) const {
  for (auto &member : members)
    if (member.first == name)
      return &member.second;
  return nullptr;
}

std::string qnet::rt::quoteJson(std::string_view text) {
  std::string quoted = "\"";
  for (char c : text) {
    if (c == '"' || c == '\\')
      quoted += std::string("\\") + c;
    else if (uint8_t(c) < 0x20)
      quoted += formatText("\\u%04x", c);
    else
      quoted += c;
  }
  return quoted + "\"";
}

JsonReader::JsonReader(const JsonValue &object, std::string where)
    : source(object), place(std::move(where)) {
  if (!object.isObject())
    fail("expected an object");
}

void JsonReader::fail(const std::string &text) {
  if (!result.failed())
    result = Status::failure(place + ": " + text);
}

const JsonValue *JsonReader::get(const char *key, JsonValue::Kind kind,
                                 const char *expected) {
  if (result.failed())
    return nullptr;
  const JsonValue *value = source.find(key);
  if (value && value->kind == kind)
    return value;
  fail(formatText(value ? "'%s' is not %s" : "'%s' is missing, expected %s",
                  key, expected));
  return nullptr;
}

std::string JsonReader::string(const char *key) {
  const JsonValue *value = get(key, JsonValue::Kind::String, "a string");
  return value ? value->string : std::string();
}

bool JsonReader::boolean(const char *key) {
  const JsonValue *value = get(key, JsonValue::Kind::Bool, "true or false");
  return value && value->boolean;
}

int64_t JsonReader::integer(const char *key, int64_t least, int64_t most) {
  const JsonValue *value = get(key, JsonValue::Kind::Number, "an integer");
  if (!value)
    return least;
  if (value->isInteger && value->integer >= least && value->integer <= most)
    return value->integer;
  fail(formatText("'%s' is not an integer from %lld to %lld", key,
                  (long long)least, (long long)most));
  return least;
}

Shape JsonReader::shape(const char *key) {
  const JsonValue *value = get(key, JsonValue::Kind::Array, "a shape");
  Shape shape;
  if (!value)
    return shape;
  for (const JsonValue &element : value->elements) {
    if (!element.isInteger || element.integer < 0)
      fail(formatText("'%s' is not a list of sizes", key));
    shape.push_back(element.integer);
  }
  if (countElements(shape) < 0)
    fail(formatText("'%s' has too many elements", key));
  return shape;
}

const std::vector<JsonValue> &JsonReader::array(const char *key) {
  const JsonValue *value = get(key, JsonValue::Kind::Array, "a list");
  return value ? value->elements : emptyValue.elements;
}

const JsonValue &JsonReader::object(const char *key) {
  const JsonValue *value = get(key, JsonValue::Kind::Object, "an object");
  return value ? *value : emptyValue;
}
