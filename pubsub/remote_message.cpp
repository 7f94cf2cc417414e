#include <bennu/pubsub/remote_message.hpp>

#include <cstdint>
#include <cstring>
#include <utility>

namespace bennu {

namespace {

enum class kind : char { value = 1, bytes = 2, published = 3 };

void append_string(std::string& out, std::string_view text) {
  const auto size = static_cast<std::uint32_t>(text.size());
  char bytes[sizeof size];
  std::memcpy(bytes, &size, sizeof size);
  out.append(bytes, sizeof bytes);
  out.append(text);
}

bool take_string(std::string_view& from, std::string& to) {
  std::uint32_t size = 0;
  if (from.size() < sizeof size) return false;
  std::memcpy(&size, from.data(), sizeof size);
  from.remove_prefix(sizeof size);
  if (from.size() < size) return false;
  to = from.substr(0, size);
  from.remove_prefix(size);
  return true;
}

}  // namespace

void encode_remote(std::string& out, const broadcast& what) {
  const auto* bytes = what.payload.if_binary();
  out.push_back(static_cast<char>(bytes != nullptr ? kind::bytes : kind::value));
  append_string(out, what.topic);
  append_string(out, what.event);
  if (bytes != nullptr) {
    out.append(bytes->data);
  } else {
    append_json(out, *what.payload.if_json());
  }
}

void encode_remote(std::string& out, const published& what) {
  out.push_back(static_cast<char>(kind::published));
  append_string(out, what.topic);
  append_json(out, what.message);
}

std::optional<std::variant<broadcast, published>> decode_remote(std::string_view bytes, std::size_t max_json_depth) {
  if (bytes.empty()) return std::nullopt;
  const auto which = static_cast<kind>(bytes.front());
  bytes.remove_prefix(1);
  std::string topic;
  std::string event;
  if (which < kind::value || which > kind::published || !take_string(bytes, topic)) return std::nullopt;
  if (which != kind::published && !take_string(bytes, event)) return std::nullopt;
  if (which == kind::bytes) return broadcast{std::move(topic), std::move(event), binary{std::string{bytes}}};
  auto parsed = parse_json(bytes, max_json_depth);
  auto* value = std::get_if<json>(&parsed);
  if (value == nullptr) return std::nullopt;
  if (which == kind::published) return published{std::move(topic), std::move(*value)};
  return broadcast{std::move(topic), std::move(event), std::move(*value)};
}

}  // namespace bennu
