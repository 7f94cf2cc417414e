#include <bennu/runtime/pinned_actor.hpp>

#include <atomic>
#include <future>
#include <string>
#include <thread>

#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/system.hpp>

#include <doctest/doctest.h>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/behavior.hpp>
#include <caf/send.hpp>

namespace {

/// Work for an actor, on whatever thread it runs.
struct work {
  std::function<void(bennu::pinned_actor&)> what;
};

}  // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(work)

namespace {

class worker final : public bennu::pinned_actor {
public:
  using pinned_actor::pinned_actor;
  caf::behavior make_behavior() override {
    return {[this](work& w) { w.what(*this); }};
  }
};

bennu::logger silent() {
  return bennu::logger{bennu::log_level::error, [](bennu::log_level, std::string_view) {}};
}

caf::actor spawn_worker(bennu::system& threads, std::size_t loop) {
  caf::actor_config config{&threads.host(loop)};
  return threads.actors().spawn_impl<worker, caf::no_spawn_options>(config);
}

worker& as_worker(const caf::actor& a) { return *static_cast<worker*>(caf::actor_cast<caf::abstract_actor*>(a)); }

/// Runs `what` on the loop's thread and waits for it.
void on_loop(bennu::system& threads, std::size_t i, const std::function<void()>& what) {
  std::promise<void> done;
  threads.loop(i).post([&] {
    what();
    done.set_value();
  });
  done.get_future().wait();
}

void end(bennu::system& threads, const caf::actor& who) {
  caf::anon_send(who, work{[](bennu::pinned_actor& self) { self.quit(); }});
  CHECK(threads.await_actors(std::chrono::seconds{10}));
}

}  // namespace

TEST_CASE("an actor runs on its loop's thread, whoever sends to it") {
  bennu::system threads{{.io_threads = 2, .configure = {}}, silent()};
  const auto actor = spawn_worker(threads, 1);
  std::thread::id home;
  on_loop(threads, 1, [&] { home = std::this_thread::get_id(); });
  std::atomic<int> right = 0;
  constexpr int count = 1000;
  std::promise<void> all;
  const auto send = [&] {
    caf::anon_send(actor, work{[&](bennu::pinned_actor&) {
                     if (std::this_thread::get_id() == home && ++right == count) all.set_value();
                   }});
  };
  on_loop(threads, 0, [&] {
    for (int i = 0; i < count / 2; ++i) send();
  });
  for (int i = 0; i < count / 2; ++i) send();
  all.get_future().wait();
  CHECK(right == count);
  end(threads, actor);
}

TEST_CASE("on its own thread an idle actor handles what is delivered at once, and in order with what waits") {
  bennu::system threads{{.io_threads = 1, .configure = {}}, silent()};
  const auto actor = spawn_worker(threads, 0);
  on_loop(threads, 0, [] {});  // it has had its first turn
  std::string order;
  on_loop(threads, 0, [&] {
    auto& self = as_worker(actor);
    self.deliver(work{[&](bennu::pinned_actor&) { order += 'a'; }});
    CHECK(order == "a");
    self.deliver_later(work{[&](bennu::pinned_actor&) { order += 'b'; }});
    CHECK(order == "a");
    self.deliver(work{[&](bennu::pinned_actor&) { order += 'c'; }});  // may not overtake
    CHECK(order == "a");
  });
  on_loop(threads, 0, [] {});
  CHECK(order == "abc");
  end(threads, actor);
}

TEST_CASE("an actor that hands itself a message finishes the one at hand first") {
  bennu::system threads{{.io_threads = 1, .configure = {}}, silent()};
  const auto actor = spawn_worker(threads, 0);
  std::string order;
  std::promise<void> done;
  on_loop(threads, 0, [&] {
    as_worker(actor).deliver(work{[&](bennu::pinned_actor& self) {
      self.deliver(work{[&](bennu::pinned_actor&) {
        order += '2';
        done.set_value();
      }});
      order += '1';
    }});
  });
  done.get_future().wait();
  CHECK(order == "12");
  end(threads, actor);
}

TEST_CASE("a long chain of actors that hand on a message does not pile up on the stack") {
  bennu::system threads{{.io_threads = 1, .configure = {}}, silent()};
  constexpr int length = 2000;
  std::vector<caf::actor> chain;
  for (int i = 0; i < length; ++i) chain.push_back(spawn_worker(threads, 0));
  std::promise<void> done;
  std::function<void(int)> hand_on = [&](int i) {
    if (i == length) return done.set_value();
    as_worker(chain[static_cast<std::size_t>(i)]).deliver(work{[&, i](bennu::pinned_actor&) { hand_on(i + 1); }});
  };
  on_loop(threads, 0, [&] { hand_on(0); });
  done.get_future().wait();
  for (const auto& actor : chain) caf::anon_send(actor, work{[](bennu::pinned_actor& self) { self.quit(); }});
  CHECK(threads.await_actors(std::chrono::seconds{10}));
}

TEST_CASE("what a pinned actor sends to an ordinary one does not drag it onto the I/O thread") {
  bennu::system threads{{.io_threads = 1, .configure = {}}, silent()};
  const auto pinned = spawn_worker(threads, 0);
  const auto ordinary = threads.actors().spawn<worker>();
  std::promise<std::thread::id> ran_on;
  std::thread::id home;
  on_loop(threads, 0, [&] { home = std::this_thread::get_id(); });
  caf::anon_send(pinned, work{[&](bennu::pinned_actor& self) {
                   self.send(ordinary,
                             work{[&](bennu::pinned_actor&) { ran_on.set_value(std::this_thread::get_id()); }});
                 }});
  CHECK(ran_on.get_future().get() != home);
  caf::anon_send(ordinary, work{[](bennu::pinned_actor& self) { self.quit(); }});
  end(threads, pinned);
}
