#include <bennu/runtime/pinned_actor.hpp>

#include <atomic>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <thread>
#include <utility>

#include <bennu/runtime/caf.hpp>
#include <bennu/runtime/system.hpp>

#include <doctest/doctest.h>
#include <caf/allowed_unsafe_message_type.hpp>
#include <caf/behavior.hpp>
#include <caf/event_based_actor.hpp>
#include <caf/exit_reason.hpp>
#include <caf/scoped_actor.hpp>
#include <caf/send.hpp>

namespace {

class worker;

/// Work for an actor, on the thread on which it runs.
struct work {
  std::function<void(worker&)> run;
};

}  // namespace

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(work)

namespace {

class worker final : public bennu::pinned_actor {
public:
  using pinned_actor::after;
  using pinned_actor::pinned_actor;
  using pinned_actor::quit;
  void release() { put_back(held_); }

  bool holds_back = false;
  bennu::loop_timer soon;
  bennu::loop_timer never;

private:
  bool on_message(caf::mailbox_element& element) override {
    if (auto* const message = content_of<work>(element)) {
      message->run(*this);
    } else if (const auto* const number = content_of<int>(element)) {
      respond(caf::make_message(*number + 1));
    } else {
      return false;
    }
    return true;
  }
  void hold_back(caf::mailbox_element_ptr& element) override {
    if (holds_back) held_.push_back(std::move(element));
  }
  bool cleanup(caf::error&& reason, caf::execution_unit* host) override {
    never.cancel();
    return pinned_actor::cleanup(std::move(reason), host);
  }

  bennu::message_list held_;
};

bennu::logger silent() {
  return bennu::logger{bennu::log_level::error, [](bennu::log_level, std::string_view) {}};
}

caf::actor spawn_worker(bennu::system& threads, std::size_t loop) {
  caf::actor_config config{&threads.host(loop)};
  return threads.actors().spawn_impl<worker, caf::no_spawn_options>(config);
}

worker& as_worker(const caf::actor& a) { return *static_cast<worker*>(caf::actor_cast<caf::abstract_actor*>(a)); }

/// Runs `work` on the loop's thread and waits for it.
void on_loop(bennu::system& threads, std::size_t i, const std::function<void()>& work) {
  std::promise<void> done;
  threads.loop(i).post([&] {
    work();
    done.set_value();
  });
  done.get_future().wait();
}

void end(bennu::system& threads, const caf::actor& who) {
  caf::anon_send(who, work{[](worker& self) { self.quit(); }});
  CHECK(threads.await_actors(std::chrono::seconds{10}));
}

}  // namespace

TEST_CASE("an actor runs on its loop's thread for messages of all senders") {
  bennu::system threads{{.io_threads = 2, .configure = {}}, silent()};
  const auto actor = spawn_worker(threads, 1);
  std::thread::id home;
  on_loop(threads, 1, [&] { home = std::this_thread::get_id(); });
  std::atomic<int> right = 0;
  constexpr int count = 1000;
  std::promise<void> all;
  const auto send = [&] {
    caf::anon_send(actor, work{[&](worker&) {
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

TEST_CASE("on its own thread an idle actor handles a delivered message at once, and in order with waiting ones") {
  bennu::system threads{{.io_threads = 1, .configure = {}}, silent()};
  const auto actor = spawn_worker(threads, 0);
  on_loop(threads, 0, [] {});  // it has had its first turn
  std::string order;
  on_loop(threads, 0, [&] {
    auto& self = as_worker(actor);
    self.deliver(work{[&](worker&) { order += 'a'; }});
    CHECK(order == "a");
    self.deliver_later(work{[&](worker&) { order += 'b'; }});
    CHECK(order == "a");
    self.deliver(work{[&](worker&) { order += 'c'; }});  // may not overtake
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
    as_worker(actor).deliver(work{[&](worker& self) {
      self.deliver(work{[&](worker&) {
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
    as_worker(chain[static_cast<std::size_t>(i)]).deliver(work{[&, i](worker&) { hand_on(i + 1); }});
  };
  on_loop(threads, 0, [&] { hand_on(0); });
  done.get_future().wait();
  for (const auto& actor : chain) caf::anon_send(actor, work{[](worker& self) { self.quit(); }});
  CHECK(threads.await_actors(std::chrono::seconds{10}));
}

TEST_CASE("messages that were held back are handled next, before newer ones") {
  bennu::system threads{{.io_threads = 1, .configure = {}}, silent()};
  const auto actor = spawn_worker(threads, 0);
  std::string order;
  on_loop(threads, 0, [&] { as_worker(actor).holds_back = true; });
  for (const char c : {'a', 'b'}) caf::anon_send(actor, work{[&order, c](worker&) { order += c; }});
  on_loop(threads, 0, [] {});
  on_loop(threads, 0, [&] {
    CHECK(order.empty());
    as_worker(actor).holds_back = false;
  });
  caf::anon_send(actor, work{[&order](worker& self) {
                   order += 'x';
                   self.release();
                 }});
  caf::anon_send(actor, work{[&order](worker&) { order += 'y'; }});
  end(threads, actor);
  CHECK(order == "xaby");
}

TEST_CASE("a timer of an actor runs as one of its callbacks, and ends with it") {
  bennu::system threads{{.io_threads = 1, .configure = {}}, silent()};
  const auto actor = spawn_worker(threads, 0);
  std::promise<void> fired;
  const auto held = std::make_shared<int>(0);
  on_loop(threads, 0, [&] {
    auto& self = as_worker(actor);
    self.never = self.after(std::chrono::hours{1}, [held] {});
    self.soon = self.after(std::chrono::milliseconds{1}, [&fired, &self] {
      CHECK(self.is_home());
      fired.set_value();
      throw std::runtime_error("reaches on_exception");
    });
  });
  fired.get_future().wait();
  CHECK(threads.await_actors(std::chrono::seconds{10}));
  on_loop(threads, 0, [&] { CHECK(held.use_count() == 1); });
}

TEST_CASE("requests are answered, also by an actor that fails or has ended") {
  bennu::system threads{{.io_threads = 1, .configure = {}}, silent()};
  const auto actor = spawn_worker(threads, 0);
  std::string answer;
  const auto ask = [&](auto message) {
    caf::scoped_actor asker{threads.actors()};
    answer.clear();
    asker->request(actor, std::chrono::seconds{10}, std::move(message))
        .receive([&](int n) { answer = std::to_string(n); },
                 [&](const caf::error& e) { answer = threads.actors().render(e); });
    return answer;
  };
  CHECK(ask(20) == "21");
  CHECK(ask(std::string{"not understood"}).find("unexpected_message") != std::string::npos);
  CHECK(ask(work{[](worker&) { throw std::runtime_error("boom"); }}).find("runtime_error") != std::string::npos);
  CHECK(threads.await_actors(std::chrono::seconds{10}));
  CHECK_FALSE(ask(20).empty());
  CHECK(answer != "21");
}

TEST_CASE("monitors and links are told of an actor's end, and it of theirs") {
  bennu::system threads{{.io_threads = 1, .configure = {}}, silent()};
  const auto actor = spawn_worker(threads, 0);
  std::optional<caf::scoped_actor> other{std::in_place, threads.actors()};
  (*other)->monitor(actor);
  SUBCASE("it is killed") { caf::anon_send_exit(actor, caf::exit_reason::kill); }
  SUBCASE("it quits") {
    caf::anon_send(actor, work{[](worker& self) { self.quit(caf::exit_reason::user_shutdown); }});
  }
  SUBCASE("an actor that it is linked to ends") {
    const auto linked = threads.actors().spawn([](caf::event_based_actor*) -> caf::behavior { return {[](int) {}}; });
    std::promise<void> done;
    caf::anon_send(actor, work{[&](worker& self) {
                     self.link_to(linked);
                     done.set_value();
                   }});
    done.get_future().wait();
    caf::anon_send_exit(linked, caf::exit_reason::user_shutdown);
  }
  bool told = false;
  (*other)->receive([&](const caf::down_msg& m) { told = m.source == actor.address() && m.reason; });
  CHECK(told);
  other.reset();
  CHECK(threads.await_actors(std::chrono::seconds{10}));
}

TEST_CASE("an ordinary actor does not run on the I/O thread of a pinned actor that sends it messages") {
  bennu::system threads{{.io_threads = 1, .configure = {}}, silent()};
  const auto pinned = spawn_worker(threads, 0);
  std::promise<std::thread::id> ran_on;
  const auto ordinary = threads.actors().spawn([&](caf::event_based_actor*) -> caf::behavior {
    return {[&](int) { ran_on.set_value(std::this_thread::get_id()); }};
  });
  std::thread::id home;
  on_loop(threads, 0, [&] { home = std::this_thread::get_id(); });
  caf::anon_send(pinned, work{[&](worker& self) {
                   ordinary->enqueue(nullptr, caf::make_message_id(), caf::make_message(1), self.context());
                 }});
  CHECK(ran_on.get_future().get() != home);
  caf::anon_send_exit(ordinary, caf::exit_reason::kill);
  end(threads, pinned);
}
