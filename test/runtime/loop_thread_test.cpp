#include <bennu/runtime/loop_thread.hpp>

#include <atomic>
#include <csignal>
#include <stdexcept>
#include <string>

#include <bennu/runtime/exception_text.hpp>
#include <bennu/runtime/guarded.hpp>

#include <doctest/doctest.h>
#include <pthread.h>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

const auto ignore = [](const std::exception_ptr&) {};

/// Runs a task on the thread, and returns when it has run.
template <class Task>
void run_on(loop_thread& thread, Task task) {
  std::atomic<bool> has_run = false;
  thread.loop().post([&] {
    task();
    has_run = true;
  });
  REQUIRE(thread.wait_until([&] { return has_run.load(); }, 20s));
}

}  // namespace

TEST_CASE("a loop's thread has its name, and leaves signals to other threads") {
  loop_thread thread{"bennu.test"};
  thread.start(ignore);
  std::string name(16, '\0');
  sigset_t blocked;
  sigemptyset(&blocked);
  run_on(thread, [&] {
    CHECK(thread.loop().is_current());
    pthread_getname_np(pthread_self(), name.data(), name.size());
    pthread_sigmask(SIG_SETMASK, nullptr, &blocked);
  });
  CHECK(std::string{name.c_str()} == "bennu.test");
  CHECK(sigismember(&blocked, SIGTERM) == 1);
  sigset_t own;
  pthread_sigmask(SIG_SETMASK, nullptr, &own);
  CHECK(sigismember(&own, SIGTERM) == 0);
}

TEST_CASE("a task that throws on a loop's thread is reported, and the thread goes on") {
  guarded<std::string> reported;
  loop_thread thread{"bennu.test"};
  thread.start([&](const std::exception_ptr& thrown) { *reported.lock() = exception_text(thrown); });
  thread.loop().post([] { throw std::runtime_error("no luck"); });
  run_on(thread, [] {});
  CHECK(*reported.lock() == "no luck");
}

TEST_CASE("a repeated task runs again, also after it threw") {
  std::atomic<int> calls = 0;
  loop_thread thread{"bennu.test"};
  thread.start(ignore);
  thread.every(1ms, [&] {
    ++calls;
    throw std::runtime_error("each time");
  });
  CHECK(thread.wait_until([&] { return calls >= 3; }, 20s));
}

TEST_CASE("a wait for a condition ends when its time is over") {
  loop_thread thread{"bennu.test"};
  thread.start(ignore);
  CHECK_FALSE(thread.wait_until([] { return false; }, 0ms));
  CHECK(thread.wait_until([] { return true; }, 20s));
}

TEST_CASE("the last task of a loop's thread runs on it, before stop returns") {
  loop_thread thread{"bennu.test"};
  thread.start(ignore);
  bool was_current = false;
  thread.stop([&] { was_current = thread.loop().is_current(); });
  CHECK(was_current);
  CHECK_FALSE(thread.is_running());
  thread.stop([&] { was_current = false; });
  CHECK(was_current);
}
