#include <bennu/runtime/loop_thread.hpp>

#include <condition_variable>
#include <cstdint>
#include <utility>

#include <pthread.h>
#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/internal/signals_blocked.hpp>

namespace bennu {

namespace {

constexpr std::chrono::milliseconds check_interval{5};

/// A thread that waits for a condition, which the loop's thread checks.
class condition_wait : public std::enable_shared_from_this<condition_wait> {
public:
  condition_wait(event_loop& loop, std::function<bool()> condition) : loop_(loop), condition_(std::move(condition)) {}

  /// Called on the loop's thread.
  void check() {
    if (*stage_.lock() != stage::waiting) return;
    timer_ = loop_.after(check_interval, [self = shared_from_this()] { self->check(); });
    if (!condition_()) return;
    timer_.cancel();
    *stage_.lock() = stage::met;
    changed_.notify_all();
  }

  /// Called on the waiting thread.
  bool wait(std::chrono::milliseconds timeout) {
    auto now = stage_.lock();
    if (now.wait_for(changed_, timeout, [](stage s) { return s == stage::met; })) return true;
    *now = stage::given_up;
    return false;
  }

private:
  enum class stage : std::uint8_t { waiting, met, given_up };

  event_loop& loop_;
  const std::function<bool()> condition_;
  loop_timer timer_;
  std::condition_variable changed_;
  guarded<stage> stage_{stage::waiting};
};

}  // namespace

loop_thread::loop_thread(std::string name, std::size_t index) : name_(std::move(name)), loop_(index) {}

loop_thread::~loop_thread() { stop(); }

void loop_thread::start(std::function<void(const std::exception_ptr&)> on_failure) {
  on_failure_ = std::move(on_failure);
  const signals_blocked inherited;
  thread_ = std::thread{[this] { run(); }};
  pthread_setname_np(thread_.native_handle(), name_.c_str());
}

void loop_thread::run() {
  for (bool has_ended = false; !has_ended;) {
    try {
      loop_.run(nullptr);
      has_ended = true;
    } catch (...) {
      on_failure_(std::current_exception());
    }
  }
  repetitions_.clear();
}

void loop_thread::every(std::chrono::milliseconds period, std::function<void()> task) {
  loop_.post([this, period, task = std::move(task)] {
    repeat(*repetitions_.emplace_back(std::make_unique<repetition>(repetition{period, task, {}})));
  });
}

void loop_thread::repeat(repetition& of) {
  of.timer = loop_.after(of.period, [this, &of] { repeat(of); });
  of.task();
}

bool loop_thread::wait_until(std::function<bool()> condition, std::chrono::milliseconds timeout) {
  const auto waiter = std::make_shared<condition_wait>(loop_, std::move(condition));
  loop_.post([waiter] { waiter->check(); });
  return waiter->wait(timeout);
}

void loop_thread::stop(std::function<void()> last) {
  if (!thread_.joinable()) return;
  loop_.post([this, last = std::move(last)] {
    loop_.stop();
    if (last) last();
  });
  thread_.join();
}

}  // namespace bennu
