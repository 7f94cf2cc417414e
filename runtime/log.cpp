#include <bennu/runtime/log.hpp>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <ctime>
#include <map>
#include <utility>

#include <unistd.h>

#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/internal/log_writer.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/metrics.hpp>

namespace bennu {

namespace {

/// The lines of one kind since their window began.
struct tally {
  logger::clock::time_point since;
  std::size_t lines = 0;
  std::size_t left_out = 0;
  log_level level{};
  std::string last;
};

/// The output and its state, used by one thread at a time.
struct output {
  logger::sink to;
  std::shared_ptr<metrics> counts;  ///< null if lost lines are not counted
  std::map<std::string, tally, std::less<>> kinds;
  logger::clock::time_point next_look{};

  ~output() {
    for (const auto& [kind, t] : kinds) sum_up(t);
  }

  /// True if one more line of the kind may be written.
  bool admit(log_level level, std::string_view line, std::string_view kind, logger::clock::time_point time) {
    forget_old(time);
    auto found = kinds.find(kind);
    if (found == kinds.end()) {
      if (kinds.size() >= logger::max_kinds) kind = {};
      found = kinds.try_emplace(std::string{kind}, tally{time, 0, 0, level, {}}).first;
    }
    auto& t = found->second;
    if (++t.lines <= logger::lines_a_window) return true;
    ++t.left_out;
    t.last = line;
    return false;
  }

  void forget_old(logger::clock::time_point time) {
    if (time < next_look) return;
    auto oldest = time;
    for (auto it = kinds.begin(); it != kinds.end();) {
      if (it->second.since + logger::window <= time) {
        sum_up(it->second);
        it = kinds.erase(it);
      } else {
        oldest = std::min(oldest, it->second.since);
        ++it;
      }
    }
    next_look = oldest + logger::window;
  }

  void sum_up(const tally& t) const {
    if (t.left_out > 0) to(t.level, std::to_string(t.left_out) + " more lines like this were left out: " + t.last);
  }
};

}  // namespace

struct logger::shared {
  std::atomic<log_level> least;
  std::function<clock::time_point()> now;
  std::unique_ptr<log_writer> writer;  ///< null if lines go to a function of the program
  guarded<output> out;
};

namespace {

bool is_control(unsigned char c) { return c < 0x20 || c == 0x7F; }

/// True if these are the bytes of one of the controls U+0080 to U+009F, some of which terminals interpret.
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

/// A line for standard error, with the time in UTC.
std::string stamped(log_level level, std::string_view line) {
  static constexpr const char* names[] = {"debug", "info", "warning", "error"};
  const auto now = std::chrono::system_clock::now();
  const auto seconds = std::chrono::system_clock::to_time_t(now);
  const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count() % 1000;
  std::tm utc{};
  gmtime_r(&seconds, &utc);
  char stamp[32];
  std::string text(stamp, std::strftime(stamp, sizeof stamp, "%Y-%m-%dT%H:%M:%S", &utc));
  text.append(1, '.').append(std::to_string(1000 + ms).substr(1)).append("Z ");
  text.append(names[static_cast<int>(level)]).append(": ").append(line).append("\n");
  return text;
}

std::string lost_line(std::size_t lines) {
  return stamped(log_level::warning,
                 std::to_string(lines) + " lines were lost: more than max_log_rate, or standard error was not read");
}

log_writer::bounds bounds_of(const limits& l) { return {l.max_log_waiting_bytes, l.max_log_rate}; }

}  // namespace

logger::logger(log_level least) : logger(least, nullptr) {
  auto writer = std::make_unique<log_writer>(STDERR_FILENO, bounds_of(limits{}), lost_line);
  auto out = shared_->out.lock();
  out->to = [to = writer.get(), counts = &out->counts](log_level level, std::string_view line) {
    if (!to->add(stamped(level, line)) && *counts) (*counts)->add(metric::log_lines_lost);
  };
  out.unlock();
  shared_->writer = std::move(writer);
}

logger::logger(log_level least, sink to, std::function<clock::time_point()> now) : shared_(std::make_shared<shared>()) {
  shared_->least = least;
  shared_->out.lock()->to = std::move(to);
  shared_->now = std::move(now);
}

bool logger::enabled(log_level level) const noexcept { return level >= shared_->least.load(std::memory_order_relaxed); }

void logger::set_level(log_level least) const noexcept { shared_->least = least; }

void logger::set_limits(const limits& to) const noexcept {
  if (shared_->writer) shared_->writer->set_bounds(bounds_of(to));
}

void logger::flush(std::chrono::milliseconds patience) const {
  if (shared_->writer) shared_->writer->flush(patience);
}

void logger::count_with(std::shared_ptr<metrics> counts) const { shared_->out.lock()->counts = std::move(counts); }

void logger::write(log_level level, std::string_view line, std::string_view kind) const {
  if (!enabled(level)) return;
  const auto text = one_line(line);
  const auto out = shared_->out.lock();
  if (!kind.empty() && !out->admit(level, text, kind.substr(0, max_line_bytes), shared_->now())) return;
  out->to(level, text);
}

void logger::write_limited(log_level level, std::string_view line, std::string_view kind,
                           const std::source_location& place) const {
  if (!enabled(level)) return;
  if (!kind.empty()) return write(level, line, kind);
  write(level, line, std::string{place.file_name()} + ':' + std::to_string(place.line()));
}

}  // namespace bennu
