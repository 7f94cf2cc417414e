#include <bennu/runtime/json.hpp>

#include <cmath>
#include <limits>
#include <stdexcept>

#include <rapidjson/error/en.h>
#include <rapidjson/memorystream.h>
#include <rapidjson/reader.h>
#include <rapidjson/writer.h>

namespace bennu {

struct json_access {
  static const auto& value(const json& j) noexcept { return j.value_; }
};

namespace {

/// Lets RapidJSON's writer append to a string.
struct string_stream {
  using Ch = char;
  std::string& out;
  void Put(char c) { out.push_back(c); }
  void Flush() {}
};

/// NaN and infinities have no JSON form; they are written as null, as JavaScript does.
using writer = rapidjson::Writer<string_stream>;

void write(writer& w, const json& j) {
  std::visit(
      [&w](const auto& v) {
        using type = std::decay_t<decltype(v)>;
        if constexpr (std::is_same_v<type, std::monostate>) {
          w.Null();
        } else if constexpr (std::is_same_v<type, bool>) {
          w.Bool(v);
        } else if constexpr (std::is_same_v<type, std::int64_t>) {
          w.Int64(v);
        } else if constexpr (std::is_same_v<type, std::uint64_t>) {
          w.Uint64(v);
        } else if constexpr (std::is_same_v<type, double>) {
          std::isfinite(v) ? w.Double(v) : w.Null();
        } else if constexpr (std::is_same_v<type, std::string>) {
          w.String(v.data(), static_cast<rapidjson::SizeType>(v.size()));
        } else if constexpr (std::is_same_v<type, json::array>) {
          w.StartArray();
          for (const auto& element : v) write(w, element);
          w.EndArray();
        } else {
          w.StartObject();
          for (const auto& [key, value] : v) {
            w.Key(key.data(), static_cast<rapidjson::SizeType>(key.size()));
            write(w, value);
          }
          w.EndObject();
        }
      },
      json_access::value(j));
}

/// Builds a value from RapidJSON's events. Every event returns false to stop the parser: only too deep a nesting does.
class builder {
public:
  explicit builder(std::size_t max_depth) : max_depth_(max_depth) {}

  bool Null() { return put(nullptr); }
  bool Bool(bool v) { return put(v); }
  bool Int(int v) { return put(v); }
  bool Uint(unsigned v) { return put(v); }
  bool Int64(std::int64_t v) { return put(v); }
  bool Uint64(std::uint64_t v) { return put(v); }
  bool Double(double v) { return put(v); }
  bool RawNumber(const char*, rapidjson::SizeType, bool) { return false; }
  bool String(const char* s, rapidjson::SizeType n, bool) { return put(std::string(s, n)); }
  bool Key(const char* s, rapidjson::SizeType n, bool) {
    key_.assign(s, n);
    return true;
  }
  bool StartObject() { return open(json::object{}); }
  bool StartArray() { return open(json::array{}); }
  bool EndObject(rapidjson::SizeType) { return close(); }
  bool EndArray(rapidjson::SizeType) { return close(); }

  json take() { return std::move(root_); }

private:
  bool put(json value) {
    place(std::move(value));
    return true;
  }

  /// Containers being filled move only when their parent grows, which cannot happen before they are closed.
  json* place(json value) {
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (auto* elements = open_.back()->if_array()) {
      return &elements->emplace_back(std::move(value));
    }
    return &open_.back()->if_object()->emplace_back(json::member{std::move(key_), std::move(value)}).value;
  }

  bool open(json container) {
    if (open_.size() >= max_depth_) return false;
    open_.push_back(place(std::move(container)));
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  std::size_t max_depth_;
  json root_;
  std::string key_;
  std::vector<json*> open_;
};

const json null_value;

}  // namespace

json::json(std::initializer_list<std::pair<std::string_view, json>> members) {
  object result;
  result.reserve(members.size());
  for (const auto& [key, value] : members) result.push_back({std::string{key}, value});
  value_ = std::move(result);
}

std::optional<std::int64_t> json::if_int64() const noexcept {
  if (const auto* v = std::get_if<std::int64_t>(&value_)) return *v;
  return std::nullopt;
}

std::optional<std::uint64_t> json::if_uint64() const noexcept {
  if (const auto* v = std::get_if<std::uint64_t>(&value_)) return *v;
  if (const auto* v = std::get_if<std::int64_t>(&value_); v != nullptr && *v >= 0) {
    return static_cast<std::uint64_t>(*v);
  }
  return std::nullopt;
}

std::optional<double> json::if_double() const noexcept {
  if (const auto* v = std::get_if<double>(&value_)) return *v;
  if (const auto* v = std::get_if<std::int64_t>(&value_)) return static_cast<double>(*v);
  if (const auto* v = std::get_if<std::uint64_t>(&value_)) return static_cast<double>(*v);
  return std::nullopt;
}

const json* json::find(std::string_view key) const noexcept {
  const auto* members = if_object();
  if (members == nullptr) return nullptr;
  for (auto it = members->rbegin(); it != members->rend(); ++it) {
    if (it->key == key) return &it->value;
  }
  return nullptr;
}

json* json::find(std::string_view key) noexcept { return const_cast<json*>(std::as_const(*this).find(key)); }

const json& json::operator[](std::string_view key) const noexcept {
  const auto* found = find(key);
  return found == nullptr ? null_value : *found;
}

json& json::set(std::string_view key, json value) {
  if (is_null()) value_ = object{};
  auto* members = if_object();
  if (members == nullptr) {
    throw std::logic_error("cannot set the member \"" + std::string{key} + "\" of a JSON value of type " +
                           std::string{type_name()} + ": only an object (or null, which becomes one) has members");
  }
  if (auto* found = find(key)) return *found = std::move(value);
  return members->emplace_back(member{std::string{key}, std::move(value)}).value;
}

std::size_t json::size() const noexcept {
  if (const auto* elements = if_array()) return elements->size();
  if (const auto* members = if_object()) return members->size();
  return 0;
}

std::string_view json::type_name() const noexcept {
  static constexpr std::string_view names[] = {"null",   "boolean", "integer", "integer",
                                               "number", "string",  "array",   "object"};
  return names[value_.index()];
}

std::string json::dump() const {
  std::string out;
  append_json(out, *this);
  return out;
}

bool operator==(const json& a, const json& b) noexcept {
  if (a.is_integer() && b.is_integer()) return a.if_int64() == b.if_int64() && a.if_uint64() == b.if_uint64();
  if (a.is_number() && b.is_number()) return a.if_double() == b.if_double();
  if (a.value_.index() != b.value_.index()) return false;
  if (const auto* members = a.if_object()) {
    if (members->size() != b.size()) return false;
    for (const auto& [key, value] : *members) {
      const auto* other = b.find(key);
      if (other == nullptr || !(*other == value)) return false;
    }
    return true;
  }
  if (const auto* elements = a.if_array()) return *elements == *b.if_array();
  if (const auto* text = a.if_string()) return *text == *b.if_string();
  if (const auto* flag = a.if_bool()) return *flag == *b.if_bool();
  return true;
}

std::variant<json, json_parse_error> parse_json(std::string_view text, std::size_t max_depth) {
  constexpr unsigned flags = rapidjson::kParseFullPrecisionFlag;
  // RapidJSON looks behind the end for white space; its memory stream gives it a zero there.
  rapidjson::MemoryStream stream{text.data(), text.size()};
  rapidjson::Reader reader;
  builder values{max_depth};
  const auto result = reader.Parse<flags>(stream, values);
  if (!result) {
    const bool too_deep = result.Code() == rapidjson::kParseErrorTermination;
    return json_parse_error{result.Offset(), too_deep ? "nested more than " + std::to_string(max_depth) + " levels deep"
                                                      : std::string{rapidjson::GetParseError_En(result.Code())}};
  }
  if (stream.Tell() < text.size()) return json_parse_error{stream.Tell(), "something follows the value"};
  return values.take();
}

void append_json(std::string& out, const json& value) {
  string_stream stream{out};
  writer w{stream};
  write(w, value);
}

void append_json_string(std::string& out, std::string_view text) {
  string_stream stream{out};
  writer w{stream};
  w.String(text.data(), static_cast<rapidjson::SizeType>(text.size()));
}

}  // namespace bennu
