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

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7F; }

/// Whether these are the bytes of one of the controls U+0080 to U+009F, some of which terminals obey.
bool is_c1(std::string_view text) {
  return text.size() >= 2 && text[0] == '\xC2' && static_cast<unsigned char>(text[1]) < 0xA0;
}

void append_escaped(std::string& out, unsigned char c) {
  static constexpr char digits[] = "0123456789abcdef";
  out.append("\\x").append(1, digits[c >> 4]).append(1, digits[c & 15]);
}

std::string one_line(std::string_view line) {
  std::string out;
  for (std::size_t i = 0; i < line.size(); ++i) {
    if (out.size() >= logger::max_line_bytes) return out + "...";
    const auto c = static_cast<unsigned char>(line[i]);
    if (is_control(c)) {
      append_escaped(out, c);
    } else if (is_c1(line.substr(i))) {
      append_escaped(out, static_cast<unsigned char>(line[++i]));
    } else {
      out.push_back(line[i]);
    }
  }
  return out;
}

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
  const auto text = one_line(line);
  const std::lock_guard lock{shared_->mutex};
  if (level >= log_level::warning && !shared_->admit(level, text, kind.empty() ? text : kind.substr(0, max_line_bytes)))
    return;
  shared_->to(level, text);
}

}  // namespace bennu
