#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <source_location>
#include <string>
#include <string_view>

namespace bennu {

struct limits;
class metrics;

enum class log_level : std::uint8_t { debug, info, warning, error };

/// Writes a server's messages, one line each, to standard error or to a function of the program's.
///
/// Texts of clients cannot break a line or write a terminal's control sequences: control characters are written as in
/// `\x0a`, and a line is cut off after `max_line_bytes`.
///
/// Repeated warnings and errors are counted: of lines of one kind, `lines_a_window` are written in each `window`, and
/// the number of the others is logged with the first warning or error after it, or at the end. The kind of a line is
/// the place in the program that logs it, unless that place names another kind. So clients cannot create kinds.
///
/// A thread of its own writes lines to standard error, so no other thread waits if standard error is a pipe that is not
/// read. `limits::max_log_waiting_bytes` and `limits::max_log_rate` bound them. Further lines are lost; their number is
/// logged as soon as lines are written again, and counted as `metric::log_lines_lost`.
///
/// Copies share all of this. Any thread may log.
class logger {
public:
  /// Called by one thread at a time. Must not throw, and must not wait: the threads that serve clients call it.
  using sink = std::function<void(log_level, std::string_view line)>;
  using clock = std::chrono::steady_clock;

  static constexpr std::size_t max_line_bytes = 8 * 1024;
  static constexpr std::size_t lines_a_window = 20;
  static constexpr std::chrono::seconds window{10};
  /// The number of kinds that are distinguished at a time. All others count as one.
  static constexpr std::size_t max_kinds = 256;

  /// Writes lines of at least `least` to standard error, with the time in UTC.
  explicit logger(log_level least);

  /// Delivers lines of at least `least` to `to`.
  /// @param now tells the time, for tests
  logger(log_level least, sink to, std::function<clock::time_point()> now = clock::now);

  void debug(std::string_view line) const { write(log_level::debug, line, {}); }
  void info(std::string_view line) const { write(log_level::info, line, {}); }
  /// @param kind lines of one kind count as alike, whatever their text. Must not be a text that clients choose. If
  /// empty, all lines of the calling place are alike.
  void warning(std::string_view line, std::string_view kind = {},
               const std::source_location& place = std::source_location::current()) const {
    write_limited(log_level::warning, line, kind, place);
  }
  void error(std::string_view line, std::string_view kind = {},
             const std::source_location& place = std::source_location::current()) const {
    write_limited(log_level::error, line, kind, place);
  }

  /// True if a line of this level would be written; ask before composing an expensive one.
  bool enabled(log_level level) const noexcept;

  /// Changes the least level, for all copies. Any thread may call.
  void set_level(log_level least) const noexcept;

  /// Takes over `max_log_waiting_bytes` and `max_log_rate`, for all copies. An endpoint does so with its own limits.
  void set_limits(const limits& to) const noexcept;

  /// Waits until all lines logged so far are written, or for `patience`: before the process ends without destructors.
  void flush(std::chrono::milliseconds patience) const;

  /// Counts lines that are lost as `metric::log_lines_lost` from now on, for all copies. An endpoint does so.
  void count_with(std::shared_ptr<metrics> counts) const;

private:
  struct shared;
  void write(log_level level, std::string_view line, std::string_view kind) const;
  void write_limited(log_level level, std::string_view line, std::string_view kind,
                     const std::source_location& place) const;
  std::shared_ptr<shared> shared_;
};

}  // namespace bennu
