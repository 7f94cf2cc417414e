#include <bennu/pubsub/history/topic_log.hpp>

#include <new>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using bennu::actor_id;
using bennu::history_request;
using bennu::topic_log;

namespace {

struct fixture {
  topic_log log{"room:1", {}, {.budget = nullptr, .loops = 3}};
  std::vector<std::vector<std::size_t>> woken;

  topic_log::wake_function wake() {
    return [this](const std::vector<std::size_t>& loops) { woken.push_back(loops); };
  }
  static bennu::ref<bennu::shared_broadcast> message(const char* event) {
    return bennu::make_ref<bennu::shared_broadcast>(bennu::broadcast{"room:1", event, {}});
  }
  void keep(const char* event, std::size_t own = topic_log::no_loop) {
    log.keep(message(event), actor_id::none, 0, 1s, own, wake());
  }
  void pass(const char* event, std::size_t own = topic_log::no_loop) {
    log.pass({message(event), actor_id::none}, own, wake());
  }
  std::string take(std::size_t loop, bool first = true) {
    std::string events;
    for (const auto& one : log.take(loop, first)) {
      events += std::get<bennu::ref<bennu::shared_broadcast>>(one.content)->value().event;
    }
    return events;
  }
};

using wakes = std::vector<std::vector<std::size_t>>;

}  // namespace

TEST_CASE("each loop with subscribers takes all messages in one order, kept or not") {
  fixture f;
  f.log.add_reader(0);
  f.log.add_reader(2);
  f.keep("a");
  f.pass("b");
  f.keep("c");
  CHECK(f.take(0) == "abc");
  CHECK(f.take(0, false).empty());
  CHECK(f.take(1).empty());
  CHECK(f.take(2) == "abc");
}

TEST_CASE("a loop is woken once for all messages that wait for it") {
  fixture f;
  f.log.add_reader(0);
  f.log.add_reader(1);
  f.keep("a");
  f.keep("b");
  CHECK(f.woken == wakes{{0, 1}, {}});
  f.take(0);
  f.keep("c");  // while it delivers, it looks again
  CHECK(f.woken.back().empty());
  CHECK(f.take(0, false) == "c");
  CHECK(f.take(0, false).empty());
  f.keep("d");
  CHECK(f.woken.back() == std::vector<std::size_t>{0});
}

TEST_CASE("the sender's own loop is not woken, but takes its messages itself") {
  fixture f;
  f.log.add_reader(0);
  f.log.add_reader(1);
  f.keep("a", 0);
  CHECK(f.woken == wakes{{1}});
  CHECK(f.take(0) == "a");
}

TEST_CASE("a message that is sent while a loop delivers waits until those before it are delivered") {
  fixture f;
  f.log.add_reader(0);
  f.keep("a", 0);
  CHECK(f.take(0) == "a");
  f.keep("b", 0);
  CHECK(f.take(0, true).empty());  // the nested call
  CHECK(f.take(0, false) == "b");  // the outer one
  CHECK(f.take(0, false).empty());
}

TEST_CASE("a loop that could not be woken is woken by the next message") {
  fixture f;
  f.log.add_reader(0);
  const auto fail = [](const auto&) { throw std::bad_alloc(); };
  CHECK_THROWS_AS(f.log.keep(fixture::message("a"), actor_id::none, 0, 1s, topic_log::no_loop, fail), std::bad_alloc);
  f.keep("b");
  CHECK(f.woken == wakes{{0}});
  CHECK(f.take(0) == "ab");
}

TEST_CASE("a loop whose last subscriber has gone has nothing to deliver") {
  fixture f;
  f.log.add_reader(0);
  CHECK(f.log.has_readers());
  f.keep("a");
  f.log.remove_reader(0);
  CHECK_FALSE(f.log.has_readers());
  CHECK(f.take(0).empty());
  f.keep("b");
  CHECK(f.woken.back().empty());
}

TEST_CASE("a reader that begins is told the state of this moment") {
  fixture f;
  f.keep("a");
  f.keep("b");
  const auto now = f.log.begin({history_request::from_now{}}, "", std::nullopt, 10, 1s);
  CHECK(now.first == 3);
  CHECK(now.end == 2);
  CHECK(now.position == f.log.newest(1s).first);
  const auto last = f.log.begin({history_request::last{1}}, "", std::nullopt, 10, 1s);
  CHECK(last.first == 2);
  CHECK(last.count == 1);
  const auto since = f.log.begin({history_request::since{last.position}}, "", std::nullopt, 10, 1s);
  CHECK(since.recovered());
  CHECK(since.first == 2);
  CHECK(since.position == last.position);
  CHECK(f.log.begin({}, "", 1, 10, 1s).count == 2);
}

TEST_CASE("a piece begins at the oldest message that is left") {
  fixture f;
  f.keep("a");
  f.keep("b");
  f.keep("c");
  const auto part = f.log.piece(1, 2);
  CHECK(part.gone == 0);
  REQUIRE(part.messages.size() == 2);
  CHECK(part.messages.back().message->place()->number == 2);
  CHECK_FALSE(part.is_last);
  CHECK(f.log.piece(2, 2).is_last);
  CHECK(f.log.piece(4, 2).messages.empty());
  CHECK(f.log.piece(4, 2).is_last);
  f.log.clear();
  f.keep("d");
  const auto left = f.log.piece(1, 2);
  CHECK(left.gone == 3);
  REQUIRE(left.messages.size() == 1);
  CHECK(left.messages.front().message->place()->number == 4);
}

TEST_CASE("a loop is told the newest position only if no message waits for it") {
  fixture f;
  f.log.add_reader(0);
  CHECK(f.log.place_for(0, 1s)->place()->number == 0);
  f.keep("a");
  CHECK_FALSE(f.log.place_for(0, 1s));
  f.take(0);
  CHECK_FALSE(f.log.place_for(0, 1s));
  f.take(0, false);
  const auto where = f.log.place_for(0, 1s);
  REQUIRE(where);
  CHECK(where->value().event == "$position");
  CHECK(where->place()->position == f.log.newest(1s).first);
}
