#include <bennu/channels/testing/internal/client_codec.hpp>
#include <bennu/runtime/json_parse.hpp>

#include <stdexcept>
#include <utility>

namespace bennu::testing {

namespace {

constexpr std::size_t max_depth = 512;

[[noreturn]] void reject(std::string_view why) {
  throw std::invalid_argument("the server sent an invalid message: " + std::string{why});
}

std::string text_of(const json& value) {
  const auto* text = value.if_string();
  return text != nullptr ? *text : value.dump();
}

json parse(std::string_view bytes) {
  auto parsed = parse_json(bytes, max_depth);
  if (auto* value = std::get_if<json>(&parsed)) return std::move(*value);
  reject(std::get<json_parse_error>(parsed).reason);
}

server_message read(json join_ref, json ref, const json& topic, const json& event, json body) {
  server_message result{std::move(join_ref), std::move(ref), text_of(topic), text_of(event), {}, {}};
  if (result.event == "phx_reply") {
    if (!body["status"].is_string() || body.find("response") == nullptr) reject("a reply without status or response");
    result.reply = reply(status{text_of(body["status"])}, body["response"]);
  } else {
    result.payload = std::move(body);
  }
  return result;
}

/// Reads a binary message: its kind, the sizes of its fields, the fields, the data.
class fields {
public:
  fields(std::string_view bytes, std::size_t count) : sizes_(bytes.substr(1)), rest_(bytes) {
    if (bytes.size() < 1 + count) reject("a binary message that ends within its head");
    rest_.remove_prefix(1 + count);
  }

  std::string next() {
    const auto size = static_cast<unsigned char>(sizes_.front());
    sizes_.remove_prefix(1);
    if (size > rest_.size()) reject("a binary message that ends within its fields");
    std::string result{rest_.substr(0, size)};
    rest_.remove_prefix(size);
    return result;
  }

  /// Reads a reference. An empty one means none.
  json reference() {
    auto text = next();
    return text.empty() ? json{} : json{std::move(text)};
  }

  binary data() const { return {std::string{rest_}}; }

private:
  std::string_view sizes_;
  std::string_view rest_;
};

server_message decode_binary(std::string_view bytes) {
  server_message result;
  switch (bytes.empty() ? -1 : bytes[0]) {
    case 0: {
      fields f{bytes, 3};
      result.join_ref = f.reference();
      result.topic = f.next();
      result.event = f.next();
      result.payload = f.data();
      return result;
    }
    case 1: {
      fields f{bytes, 4};
      result.join_ref = f.reference();
      result.ref = f.reference();
      result.topic = f.next();
      status how{f.next()};
      result.event = "phx_reply";
      result.reply = reply(std::move(how), f.data());
      return result;
    }
    case 2: {
      fields f{bytes, 2};
      result.topic = f.next();
      result.event = f.next();
      result.payload = f.data();
      return result;
    }
    default:
      reject("a binary message of an unknown kind");
  }
}

std::string encode_binary(const std::string& join_ref, const std::string& ref, const std::string& topic,
                          const std::string& event, const binary& content) {
  std::string sizes(1, '\0');
  std::string values;
  for (const auto* field : {&join_ref, &ref, &topic, &event}) {
    if (field->size() > 255) throw std::invalid_argument("a field of a binary push may be 255 bytes long: " + *field);
    sizes += static_cast<char>(field->size());
    values += *field;
  }
  return sizes + values + content.data;
}

}  // namespace

encoded encode_message(wire_format format, const json& join_ref, const std::string& ref, const std::string& topic,
                       const std::string& event, const payload& content) {
  if (const auto* bytes = content.if_binary()) {
    if (format == wire_format::v1) throw std::invalid_argument("version 1 of the protocol has no binary payloads");
    return {message_kind::binary,
            encode_binary(join_ref.is_null() ? "" : text_of(join_ref), ref, topic, event, *bytes)};
  }
  const auto& value = *content.if_json();
  if (format == wire_format::v2)
    return {message_kind::text, json{json::array{join_ref, ref, topic, event, value}}.dump()};
  json object{{"topic", topic}, {"event", event}, {"payload", value}, {"ref", ref}};
  if (!join_ref.is_null()) object.set("join_ref", join_ref);
  return {message_kind::text, object.dump()};
}

server_message decode_message(wire_format format, message_kind kind, std::string_view bytes) {
  if (kind == message_kind::binary) {
    if (format == wire_format::v1) reject("binary, in version 1 of the protocol");
    return decode_binary(bytes);
  }
  auto value = parse(bytes);
  if (format == wire_format::v1) {
    if (value.size() != 4) reject("not the four members topic, event, payload and ref");
    return read({}, value["ref"], value["topic"], value["event"], value["payload"]);
  }
  auto* parts = value.if_array();
  if (parts == nullptr || parts->size() != 5) reject("not an array of five");
  auto& p = *parts;
  return read(std::move(p[0]), std::move(p[1]), p[2], p[3], std::move(p[4]));
}

}  // namespace bennu::testing
