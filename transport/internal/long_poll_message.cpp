#include <bennu/transport/internal/long_poll_message.hpp>

#include <cstddef>
#include <iterator>
#include <optional>
#include <utility>
#include <vector>

#include <bennu/runtime/base64.hpp>
#include <bennu/runtime/json.hpp>
#include <bennu/runtime/json_write.hpp>
#include <bennu/runtime/utf8.hpp>

namespace bennu {

namespace {

/// A server's message in the binary form of the V2 protocol: a byte for its kind, a byte for the size of each field,
/// the fields, the data (phoenix, lib/phoenix/socket/serializers/v2_json_serializer.ex).
class v2_binary {
public:
  static std::optional<v2_binary> parse(std::string_view bytes) {
    constexpr std::size_t field_counts[] = {3, 4, 2};  // of a push, a reply, a broadcast
    const auto kind = bytes.empty() ? std::size(field_counts) : static_cast<unsigned char>(bytes.front());
    if (kind >= std::size(field_counts)) return std::nullopt;
    const auto count = field_counts[kind];
    if (bytes.size() < 1 + count) return std::nullopt;
    v2_binary result;
    result.kind_ = kind;
    auto rest = bytes.substr(1 + count);
    for (std::size_t i = 0; i < count; ++i) {
      const auto size = static_cast<unsigned char>(bytes[1 + i]);
      if (size > rest.size() || !is_valid_utf8(rest.substr(0, size))) return std::nullopt;
      result.fields_.push_back(rest.substr(0, size));
      rest.remove_prefix(size);
    }
    result.data_ = rest;
    return result;
  }

  std::string as_text() const {
    const auto& f = fields_;
    json data = base64_encode(data_);
    switch (kind_) {
      case 0:
        return json{json::array{reference(f[0]), nullptr, f[1], f[2], std::move(data)}}.dump();
      case 1:
        return json{json::array{reference(f[0]), reference(f[1]), f[2], "phx_reply",
                                json{{"status", f[3]}, {"response", std::move(data)}}}}
            .dump();
      default:
        return json{json::array{nullptr, nullptr, f[0], f[1], std::move(data)}}.dump();
    }
  }

private:
  /// Reads a reference. The binary form writes null as an empty text.
  static json reference(std::string_view field) { return field.empty() ? json{} : json{field}; }

  std::size_t kind_ = 0;
  std::vector<std::string_view> fields_;
  std::string_view data_;
};

}  // namespace

std::string long_poll_message(message_kind kind, std::string_view payload) {
  std::string out;
  if (kind == message_kind::text) {
    append_json_string(out, payload);
  } else {
    const auto parsed = v2_binary::parse(payload);
    append_json_string(out, parsed ? parsed->as_text() : base64_encode(payload));
  }
  return out;
}

}  // namespace bennu
