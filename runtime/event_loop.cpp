#include <bennu/runtime/event_loop.hpp>

#include <algorithm>
#include <cerrno>
#include <ctime>
#include <system_error>
#include <thread>

#include <bennu/runtime/internal/wakeup_batching.hpp>

#include <sys/eventfd.h>
#include <unistd.h>

namespace bennu {

namespace {

constexpr std::size_t events_a_turn = 1024;

/// The maximum of deferred work at the end of a turn. With a smaller one the loop would ask the kernel for events too
/// often; with a larger one, broadcasts that arrive while one is being written would not be gathered with it.
constexpr std::size_t deferred_a_turn = 256;

/// The limit for delays, so that no sum of a time and a delay overflows.
constexpr std::chrono::years longest_delay{100};

thread_local event_loop* current_loop = nullptr;

}  // namespace

event_loop::event_loop(std::size_t index, clock_source source)
    : index_(index), is_manual_(source == clock_source::manual), events_(events_a_turn) {
  now_ = time();
  epoll_ = unique_fd{epoll_create1(EPOLL_CLOEXEC)};
  wakeup_ = unique_fd{eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK)};
  epoll_event event{};
  event.events = EPOLLIN;
  event.data.ptr = nullptr;
  if (!epoll_ || !wakeup_ || epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, wakeup_.get(), &event) != 0) {
    throw std::system_error(errno, std::system_category(), "cannot make an event loop");
  }
}

event_loop::~event_loop() = default;

event_loop::scope::scope(event_loop& loop) noexcept : outer_(std::exchange(current_loop, &loop)) {}

event_loop::scope::~scope() { current_loop = outer_; }

event_loop* event_loop::current() noexcept { return current_loop; }

bool event_loop::watch(int fd, std::uint32_t events, watcher& receiver) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &receiver;
  return epoll_ctl(epoll_.get(), EPOLL_CTL_ADD, fd, &event) == 0;
}

bool event_loop::rewatch(int fd, std::uint32_t events, watcher& receiver) {
  epoll_event event{};
  event.events = events;
  event.data.ptr = &receiver;
  return epoll_ctl(epoll_.get(), EPOLL_CTL_MOD, fd, &event) == 0;
}

void event_loop::unwatch(int fd, watcher& receiver) {
  epoll_ctl(epoll_.get(), EPOLL_CTL_DEL, fd, nullptr);
  for (int i = next_event_; i < event_count_; ++i) {
    auto& event = events_[static_cast<std::size_t>(i)];
    if (event.data.ptr == &receiver) event.events = 0;
  }
}

void event_loop::post(task work) {
  bool first = false;
  {
    const auto posted = posted_.lock();
    first = posted->empty();
    posted->push_back(std::move(work));
  }
  if (first) wake();
}

void event_loop::wake() {
  if (is_current()) {
    busy_ = true;
    return;
  }
  const std::uint64_t one = 1;
  [[maybe_unused]] const auto written = write(wakeup_.get(), &one, sizeof one);  // fails only when already awake
}

event_loop::clock::time_point event_loop::coarse_now() const noexcept {
  if (is_manual_) return now_;
  timespec time{};
  clock_gettime(CLOCK_MONOTONIC_COARSE, &time);
  return clock::time_point{std::chrono::seconds{time.tv_sec} + std::chrono::nanoseconds{time.tv_nsec}};
}

std::optional<event_loop::clock::time_point> event_loop::busy_since() const noexcept {
  const auto since = busy_since_.load(std::memory_order_relaxed);
  return since == is_waiting ? std::nullopt : std::optional{since};
}

loop_timer event_loop::after(clock::duration delay, task work) {
  return timers_.add(time() + std::min<clock::duration>(delay, longest_delay), std::move(work));
}

int event_loop::wait_ms() const {
  if (busy_ || running_done_ < running_.size()) return 0;
  const auto due = timers_.next_due();
  if (!due) return -1;
  const auto left = *due - clock::now();
  if (left <= clock::duration::zero()) return 0;
  return static_cast<int>(
      std::min<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(left).count(), 3'600'000));
}

void event_loop::run(actor_runner* actors) {
  const scope running{*this};
  wakeup_batching batching;
  while (!stopped_.load(std::memory_order_relaxed)) {
    const auto most = wait_ms();
    const bool rests = most != 0 && batching.is_due();
    if (rests) std::this_thread::sleep_for(wakeup_batching::rest);
    const auto began = clock::now();
    busy_since_.store(is_waiting, std::memory_order_relaxed);
    event_count_ = epoll_wait(epoll_.get(), events_.data(), static_cast<int>(events_.size()), most);
    const auto woken = clock::now();
    busy_since_.store(woken, std::memory_order_relaxed);
    if (!is_manual_) now_ = woken;
    if (most != 0) batching.note(woken - began, event_count_, rests);
    busy_ = false;
    handle_events(event_count_);
    run_posted();
    run_timers();
    if (actors != nullptr && actors->run_actors()) busy_ = true;
    run_deferred();
  }
  while (!deferred_.empty()) run_deferred();
}

void event_loop::handle_events(int count) {
  for (next_event_ = 0; next_event_ < count;) {
    const auto& event = events_[static_cast<std::size_t>(next_event_++)];
    if (event.data.ptr == nullptr) {
      std::uint64_t ignored = 0;
      [[maybe_unused]] const auto got = read(wakeup_.get(), &ignored, sizeof ignored);
    } else if (event.events != 0) {
      static_cast<watcher*>(event.data.ptr)->on_ready(event.events);
    }
  }
  next_event_ = event_count_ = 0;
}

/// If a task throws, it counts as run, and the tasks after it run in the next turn, if there is one.
void event_loop::run_posted() {
  if (running_done_ == running_.size()) {
    running_.clear();
    running_done_ = 0;
    running_.swap(*posted_.lock());
  }
  while (running_done_ < running_.size()) {
    const task next = std::move(running_[running_done_++]);
    next();
  }
}

bool event_loop::has_posted() const { return !posted_.lock()->empty(); }

void event_loop::run_one_posted() {
  task first;
  {
    const auto posted = posted_.lock();
    first = std::move(posted->front());
    posted->erase(posted->begin());
  }
  first();
}

void event_loop::run_timers() {
  while (timers_.run_one(now_)) {
  }
}

void event_loop::run_deferred() {
  for (std::size_t n = 0; n < deferred_a_turn && deferred_done_ < deferred_.size(); ++n) {
    deferred_[deferred_done_++]->at_turn_end();
  }
  const auto left = deferred_.size() - deferred_done_;
  if (left > 0) busy_ = true;
  if (left > deferred_done_) return;
  deferred_.erase(deferred_.begin(), deferred_.begin() + static_cast<std::ptrdiff_t>(deferred_done_));
  deferred_done_ = 0;
}

void event_loop::stop() {
  stopped_ = true;
  wake();
}

}  // namespace bennu
