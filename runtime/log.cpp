#include <bennu/runtime/log.hpp>

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <ctime>
#include <map>
#include <mutex>
#include <utility>

namespace bennu {

struct logger::shared {
  /// What was written of one kind of line since its window began.
  struct tally {
    clock::time_point since;
    std::size_t lines = 0;
    std::size_t left_out = 0;
    log_level level{};
    std::string last;
  };

  ~shared() {
    for (const auto& [kind, t] : kinds) sum_up(t);
  }

  /// Whether one more line of the kind may be written.
  bool admit(log_level level, std::string_view line, std::string_view kind) {
    const auto time = now();
    forget_old(time);
    auto found = kinds.find(kind);
    if (found == kinds.end()) {
      if (kinds.size() >= max_kinds) kind = {};
      found = kinds.try_emplace(std::string{kind}, tally{time, 0, 0, level, {}}).first;
    }
    auto& t = found->second;
    if (++t.lines <= lines_a_window) return true;
    ++t.left_out;
    t.last = line;
    return false;
  }

  void forget_old(clock::time_point time) {
    if (time < next_look) return;
    auto oldest = time;
    for (auto it = kinds.begin(); it != kinds.end();) {
      if (it->second.since + window <= time) {
        sum_up(it->second);
        it = kinds.erase(it);
      } else {
        oldest = std::min(oldest, it->second.since);
        ++it;
      }
    }
    next_look = oldest + window;
  }

  void sum_up(const tally& t) const {
    if (t.left_out > 0) to(t.level, std::to_string(t.left_out) + " more lines like this were left out: " + t.last);
  }

  log_level least;
  sink to;
  std::function<clock::time_point()> now;
  std::mutex mutex;
  std::map<std::string, tally, std::less<>> kinds;
  clock::time_point next_look{};
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

logger::logger(log_level least, sink to, std::function<clock::time_point()> now) : shared_(std::make_shared<shared>()) {
  shared_->least = least;
  shared_->to = std::move(to);
  shared_->now = std::move(now);
}

bool logger::enabled(log_level level) const noexcept { return level >= shared_->least; }

void logger::write(log_level level, std::string_view line, std::string_view kind) const {
  if (!enabled(level)) return;
  const std::lock_guard lock{shared_->mutex};
  if (level >= log_level::warning && !shared_->admit(level, line, kind.empty() ? line : kind)) return;
  shared_->to(level, line);
}

}  // namespace bennu
