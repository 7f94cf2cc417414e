#include <bennu/runtime/internal/log_writer.hpp>

#include <algorithm>
#include <cerrno>
#include <exception>
#include <string_view>
#include <utility>

#include <poll.h>
#include <unistd.h>
#include <bennu/runtime/internal/signals_blocked.hpp>

namespace bennu {

namespace {

/// The bytes written at once: a pipe that poll reports as writable accepts this many without blocking (PIPE_BUF, POSIX
/// pipe(7)).
constexpr std::size_t chunk_bytes = 4096;

constexpr std::chrono::seconds patience_at_the_end{1};

constexpr std::chrono::seconds time_until_loss_is_logged{1};

}  // namespace

struct log_writer::queue {
  struct state {
    bounds most;
    std::deque<std::string> lines;
    std::size_t bytes = 0;
    std::size_t lost = 0;      ///< lost lines since the last line with their number
    double allowance = 0;      ///< bytes that may be added now
    clock::time_point last{};  ///< the time at which the allowance last grew
    bool is_started = false;
    bool is_writing = false;  ///< the thread has taken a line and not written it yet
    bool is_ending = false;
    bool is_ended = false;

    /// Subtracts a line's bytes from the allowance. @returns false if the allowance is too small
    bool take(std::size_t size, clock::time_point now) {
      if (most.bytes_a_second == 0) return true;
      const auto rate = static_cast<double>(most.bytes_a_second);
      const auto passed = std::chrono::duration<double>(now - last).count();
      allowance = last == clock::time_point{} ? rate : std::min(rate, allowance + passed * rate);
      last = now;
      if (allowance < std::min(rate, static_cast<double>(size))) return false;
      allowance -= static_cast<double>(size);
      return true;
    }
    bool is_idle() const { return lines.empty() && !is_writing; }

    void push(std::string line) {
      bytes += line.size();
      lines.push_back(std::move(line));
    }
  };

  queue(int to, bounds most, std::function<std::string(std::size_t)> line) : fd(to), lost_line(std::move(line)) {
    shared.lock()->most = most;
  }

  /// Writes a complete line. Waits until that is possible; meanwhile other lines wait, or are lost.
  void write_line(std::string_view line) {
    while (!line.empty()) {
      pollfd writable{fd, POLLOUT, 0};
      if (::poll(&writable, 1, -1) < 0 && errno != EINTR) return;
      const auto written = ::write(fd, line.data(), std::min(line.size(), chunk_bytes));
      if (written < 0 && errno != EINTR && errno != EAGAIN) return;  // nothing can be reported
      if (written > 0) {
        line.remove_prefix(static_cast<std::size_t>(written));
        ++progress;
      }
    }
  }

  const int fd;
  const std::function<std::string(std::size_t)> lost_line;
  std::atomic<std::size_t> progress = 0;  ///< grows with each write
  std::condition_variable changed;
  guarded<state> shared;
};

log_writer::log_writer(int fd, bounds most, std::function<std::string(std::size_t)> lost_line)
    : queue_(std::make_shared<queue>(fd, most, std::move(lost_line))) {}

log_writer::~log_writer() {
  auto state = queue_->shared.lock();
  if (!state->is_started) return;
  state->is_ending = true;
  queue_->changed.notify_all();
  for (std::size_t seen = queue_->progress;;) {
    if (state.wait_for(queue_->changed, patience_at_the_end, [](const auto& s) { return s.is_ended; })) return;
    if (seen == queue_->progress) return;
    seen = queue_->progress;
  }
}

bool log_writer::add(std::string line, clock::time_point now) {
  auto state = queue_->shared.lock();
  const bool fits = state->lines.empty() || state->bytes + line.size() <= state->most.waiting_bytes;
  if (!fits || !state->take(line.size(), now)) {
    ++state->lost;
    return false;
  }
  if (state->lost > 0) state->push(queue_->lost_line(std::exchange(state->lost, 0)));
  state->push(std::move(line));
  if (!state->is_started) state->is_started = start_thread();
  state.unlock();
  queue_->changed.notify_all();
  return true;
}

bool log_writer::start_thread() noexcept {
  const signals_blocked inherited;
  try {
    std::thread{[from = queue_] { work(from); }}.detach();
    return true;
  } catch (const std::exception&) {
    return false;  // the lines wait; the next one tries again
  }
}

void log_writer::set_bounds(bounds most) {
  auto state = queue_->shared.lock();
  state->most = most;
  if (!state->is_started) state->is_started = start_thread();
}

void log_writer::flush(std::chrono::milliseconds patience) {
  auto state = queue_->shared.lock();
  if (!state->is_started) return;
  state.wait_for(queue_->changed, patience, [](const auto& s) { return s.is_idle(); });
}

void log_writer::work(const std::shared_ptr<queue>& from) {
  const auto has_work = [](const auto& s) { return !s.lines.empty() || s.is_ending; };
  auto state = from->shared.lock();
  for (;;) {
    if (state->lost > 0) {
      // The next line reports their number. If none comes soon, this thread reports it.
      if (!state.wait_for(from->changed, time_until_loss_is_logged, has_work) || state->lines.empty()) {
        if (state->lost > 0) state->push(from->lost_line(std::exchange(state->lost, 0)));
      }
    } else {
      state.wait(from->changed, has_work);
    }
    if (state->lines.empty()) break;
    const std::string line = std::move(state->lines.front());
    state->lines.pop_front();
    state->is_writing = true;
    state.unlock();
    from->write_line(line);
    state = from->shared.lock();
    state->is_writing = false;
    state->bytes -= line.size();
    from->changed.notify_all();
  }
  state->is_ended = true;
  from->changed.notify_all();
}

}  // namespace bennu
