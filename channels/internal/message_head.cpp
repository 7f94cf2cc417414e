#include <bennu/channels/internal/message_head.hpp>

#include <cstddef>

namespace bennu::internal {

namespace {

/// Scans a JSON text, and keeps track of nesting and strings.
class scanner {
public:
  explicit scanner(std::string_view text) noexcept : text_(text) {}

  /// Moves behind the next character outside of strings. @returns that character, or 0 at the end
  char next() noexcept {
    while (at_ < text_.size()) {
      const char c = text_[at_++];
      if (c == '"') {
        const auto begin = at_;
        while (at_ < text_.size() && text_[at_] != '"') at_ += text_[at_] == '\\' ? 2 : 1;
        last_string_ = text_.substr(begin, at_ - begin);
        ++at_;
        continue;
      }
      if (c == '[' || c == '{') ++depth_;
      if (c == ']' || c == '}') --depth_;
      return c;
    }
    return 0;
  }

  /// The position after the last returned character.
  std::size_t position() const noexcept { return at_ < text_.size() ? at_ : text_.size(); }
  int depth() const noexcept { return depth_; }
  std::string_view last_string() const noexcept { return last_string_; }

private:
  std::string_view text_;
  std::string_view last_string_;
  std::size_t at_ = 0;
  int depth_ = 0;
};

}  // namespace

std::string head_of_array(std::string_view text) {
  constexpr int parts_before_payload = 4;
  scanner scan{text};
  for (int parts = 0; const char c = scan.next();) {
    if (c == ',' && scan.depth() == 1 && ++parts == parts_before_payload) {
      return std::string{text.substr(0, scan.position())} + "null]";
    }
  }
  return std::string{text};
}

std::string head_of_object(std::string_view text) {
  std::string head;
  std::size_t copied = 0;
  scanner scan{text};
  for (char c = scan.next(); c != 0; c = scan.next()) {
    if (c != ':' || scan.depth() != 1 || scan.last_string() != "payload") continue;
    head += text.substr(copied, scan.position() - copied);
    head += "null";
    while (c != 0 && !(c == ',' && scan.depth() == 1) && scan.depth() >= 1) c = scan.next();
    copied = c != 0 ? scan.position() - 1 : text.size();
  }
  return head += text.substr(copied);
}

}  // namespace bennu::internal
