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

std::ostream& operator<<(std::ostream& out, const push& what) {
  return out << "push{\"" << what.topic << "\", \"" << what.event << "\", " << what.payload << "}";
}

}  // namespace testing

std::ostream& operator<<(std::ostream& out, const json& what) { return out << what.dump(); }

std::ostream& operator<<(std::ostream& out, const payload& what) {
  if (const auto* bytes = what.if_binary()) return out << testing::readable(*bytes);
  return out << *what.if_json();
}

std::ostream& operator<<(std::ostream& out, const reply_t& what) {
  return out << "reply(" << what.what.name() << ", " << what.body << ")";
}

std::ostream& operator<<(std::ostream& out, const std::optional<reply_t>& what) {
  return what ? out << *what : out << "nothing";
}

std::ostream& operator<<(std::ostream& out, const exit_reason& what) {
  return out << (what.code() == exit_reason::kind::error ? "error: " : "") << what.text();
}

std::ostream& operator<<(std::ostream& out, const broadcast& what) {
  return out << "broadcast{\"" << what.topic << "\", \"" << what.event << "\", " << what.payload << "}";
}

}  // namespace bennu
