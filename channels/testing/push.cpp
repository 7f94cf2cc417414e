#include <bennu/channels/testing/push.hpp>

#include <algorithm>

namespace bennu {

namespace testing {

std::string readable(const binary& bytes) {
  static constexpr char digits[] = "0123456789abcdef";
  static constexpr std::size_t most = 32;
  auto text = "<" + std::to_string(bytes.data.size()) + " bytes:";
  for (std::size_t i = 0; i < std::min(most, bytes.data.size()); ++i) {
    const auto byte = static_cast<unsigned char>(bytes.data[i]);
    text.append(1, ' ').append(1, digits[byte >> 4]).append(1, digits[byte & 15]);
  }
  return text + (bytes.data.size() > most ? " ...>" : ">");
}

std::ostream& operator<<(std::ostream& out, const push& value) {
  return out << "push{\"" << value.topic << "\", \"" << value.event << "\", " << value.payload << "}";
}

}  // namespace testing

std::ostream& operator<<(std::ostream& out, const json& value) { return out << value.dump(); }

std::ostream& operator<<(std::ostream& out, const payload& value) {
  if (const auto* bytes = value.if_binary()) return out << testing::readable(*bytes);
  return out << *value.if_json();
}

std::ostream& operator<<(std::ostream& out, const reply_t& value) {
  return out << "reply(" << value.status.name() << ", " << value.body << ")";
}

std::ostream& operator<<(std::ostream& out, const std::optional<reply_t>& value) {
  return value ? out << *value : out << "nothing";
}

std::ostream& operator<<(std::ostream& out, const exit_reason& value) {
  return out << (value.code() == exit_reason::kind::error ? "error: " : "") << value.text();
}

std::ostream& operator<<(std::ostream& out, const broadcast& value) {
  return out << "broadcast{\"" << value.topic << "\", \"" << value.event << "\", " << value.payload << "}";
}

}  // namespace bennu
