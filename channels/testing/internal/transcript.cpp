#include <bennu/channels/testing/internal/transcript.hpp>

#include <chrono>

namespace bennu::testing {

namespace {

/// The limit for one line. Longer lines add little, and hide the others.
constexpr std::size_t max_line_bytes = 400;

}  // namespace

void transcript::add(std::string_view who, std::string_view event) {
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.now()).count();
  auto line = std::to_string(ms) + " ms  " + std::string{who} + " " + std::string{event.substr(0, max_line_bytes)};
  if (event.size() > max_line_bytes) line += "...";
  lines_.push_back(std::move(line));
  if (lines_.size() > max_lines) {
    lines_.pop_front();
    ++dropped_;
  }
}

std::string transcript::text() const {
  std::string result;
  if (dropped_ > 0) result += "(" + std::to_string(dropped_) + " lines before these)\n";
  for (const auto& line : lines_) result += line + '\n';
  return result.empty() ? "(nothing happened)\n" : result;
}

}  // namespace bennu::testing
