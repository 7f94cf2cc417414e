#include <bennu/runtime/log.hpp>

#include <chrono>
#include <cstdio>
#include <ctime>
#include <mutex>

namespace bennu {

struct logger::shared {
  log_level least;
  sink to;
  std::mutex mutex;
};

namespace {

void write_to_stderr(log_level level, std::string_view line) {
  static constexpr const char* names[] = {"debug", "info", "warning", "error"};
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc);
  std::fprintf(stderr, "%s.%03dZ %s: %.*s\n", stamp, static_cast<int>(ms), names[static_cast<int>(level)],
               static_cast<int>(line.size()), line.data());
}

}  // namespace

logger::logger(log_level least) : logger(least, write_to_stderr) {}

logger::logger(log_level least, sink to) : shared_(std::make_shared<shared>()) {
  shared_->least = least;
  shared_->to = std::move(to);
}

bool logger::enabled(log_level level) const noexcept { return level >= shared_->least; }

void logger::write(log_level level, std::string_view line) const {
  if (!enabled(level)) return;
  const std::lock_guard lock{shared_->mutex};
  shared_->to(level, line);
}

}  // namespace bennu
