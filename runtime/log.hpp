#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace bennu {

enum class log_level : std::uint8_t { debug, info, warning, error };

/// Where a server's messages go: one line each, to standard error unless told otherwise. Whatever clients have put into
/// one stays one line: control characters are written as in `\x0a`, and what is behind `max_line_bytes` is left out.
///
/// Warnings and errors that repeat are summed up: of lines that are alike, `lines_a_window` are written in each
/// `window`, and how many more there were is said with the first one after it, or in the end.
///
/// Copies share the sink. Any thread may log; the sink is called by one thread at a time.
class logger {
public:
  using sink = std::function<void(log_level, std::string_view line)>;
  using clock = std::chrono::steady_clock;

  static constexpr std::size_t max_line_bytes = 8 * 1024;
  static constexpr std::size_t lines_a_window = 20;
  static constexpr std::chrono::seconds window{10};
  /// So many kinds of lines are told apart at a time; all others count as one.
  static constexpr std::size_t max_kinds = 256;

  /// Writes lines of at least `least` to standard error, with the time in UTC.
  explicit logger(log_level least);

  /// Hands lines of at least `least` to `to`, which must not throw.
  /// @param now tells the time, for tests
  logger(log_level least, sink to, std::function<clock::time_point()> now = clock::now);

  void debug(std::string_view line) const { write(log_level::debug, line, {}); }
  void info(std::string_view line) const { write(log_level::info, line, {}); }
  /// @param kind lines of one kind are alike, whatever they say; empty: those that say the same
  void warning(std::string_view line, std::string_view kind = {}) const { write(log_level::warning, line, kind); }
  void error(std::string_view line, std::string_view kind = {}) const { write(log_level::error, line, kind); }

  /// Whether a line of this level would be written; ask before putting an expensive one together.
  bool enabled(log_level level) const noexcept;

private:
  struct shared;
  void write(log_level level, std::string_view line, std::string_view kind) const;
  std::shared_ptr<shared> shared_;
};

}  // namespace bennu
