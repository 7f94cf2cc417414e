#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>

namespace bennu {

enum class log_level : std::uint8_t { debug, info, warning, error };

/// Where a server's messages go: one line each, to standard error unless told otherwise.
///
/// Copies share the sink. Any thread may log; the sink is called by one thread at a time.
class logger {
public:
  using sink = std::function<void(log_level, std::string_view line)>;

  /// Writes lines of at least `least` to standard error, with the time in UTC.
  explicit logger(log_level least);

  /// Hands lines of at least `least` to `to`, which must not throw.
  logger(log_level least, sink to);

  void debug(std::string_view line) const { write(log_level::debug, line); }
  void info(std::string_view line) const { write(log_level::info, line); }
  void warning(std::string_view line) const { write(log_level::warning, line); }
  void error(std::string_view line) const { write(log_level::error, line); }

  /// Whether a line of this level would be written; ask before putting an expensive one together.
  bool enabled(log_level level) const noexcept;

private:
  struct shared;
  void write(log_level level, std::string_view line) const;
  std::shared_ptr<shared> shared_;
};

}  // namespace bennu
