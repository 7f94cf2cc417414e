#include <bennu/pubsub/history/history_log.hpp>

#include <cstdint>
#include <memory>
#include <string>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using namespace bennu::literals;
using bennu::client_session;
using bennu::history_log;
using bennu::history_loss;
using bennu::history_request;

namespace {

using ms = std::chrono::milliseconds;

struct fixture {
  explicit fixture(const bennu::history_options& keeps = {}, ms forgotten = ms{-1})
      : log("room:1", keeps, budget, forgotten) {}

  void append(int count, ms at = 1s, std::uint64_t session = client_session::no_tag) {
    for (; count > 0; --count) {
      bennu::broadcast message{"room:1", "shout", {{"n", static_cast<int>(log.end()) + 1}}};
      log.append(bennu::make_ref<bennu::shared_broadcast>(std::move(message)), session, at);
    }
  }
  history_log::selection since(const std::string& position, std::size_t most = 100, ms now = 1s) {
    return log.select({history_request::since{position}}, reader, most, now);
  }
  history_log::selection since(std::uint64_t seq, std::size_t most = 100, ms now = 1s) {
    const auto stamp = std::chrono::duration_cast<std::chrono::seconds>(now);
    return since(bennu::to_text({bennu::position::tag_of("room:1"), stamp, {{log.own(), seq}}}), most, now);
  }
  history_log::selection last(std::size_t count, std::size_t most = 100, ms now = 1s) {
    return log.select({history_request::last{count}}, reader, most, now);
  }
  history_log::selection within(ms age, ms now, std::size_t most = 100) {
    return log.select({history_request::within{age}}, reader, most, now);
  }

  std::shared_ptr<bennu::history_budget> budget = std::make_shared<bennu::history_budget>(1_MB);
  client_session reader;
  history_log log;
};

void check(const history_log::selection& found, history_loss loss, std::uint64_t first, std::size_t count) {
  CHECK(to_string(found.loss) == to_string(loss));
  CHECK(found.first == first);
  CHECK(found.count == count);
}

}  // namespace

TEST_CASE("a log numbers its messages from 1, and each knows its place") {
  fixture f;
  CHECK(f.log.end() == 0);
  CHECK(f.log.find(1) == nullptr);
  f.append(3);
  CHECK(f.log.end() == 3);
  REQUIRE(f.log.find(2) != nullptr);
  const auto* place = f.log.find(2)->message->place();
  REQUIRE(place != nullptr);
  CHECK(place->number == 2);
  CHECK(place->position == f.log.position_after(2, 1s));
  CHECK(f.log.find(4) == nullptr);
}

TEST_CASE("the oldest messages go first: by number, by bytes, by age") {
  SUBCASE("number") {
    fixture f{{.messages = 3}};
    f.append(5);
    CHECK(f.log.gone() == 2);
    CHECK(f.log.find(2) == nullptr);
    CHECK(f.log.find(3) != nullptr);
  }
  SUBCASE("bytes") {
    fixture f{{.bytes = 1_KB}};
    f.append(1);
    const auto each = f.log.find(1)->bytes;
    f.append(99);
    CHECK(f.log.end() - f.log.gone() == 1_KB / each);
  }
  SUBCASE("a message larger than all bytes is not kept") {
    fixture f{{.bytes = 300}};
    bennu::broadcast large{"room:1", "shout", bennu::binary{std::string(1'000, 'x')}};
    f.log.append(bennu::make_ref<bennu::shared_broadcast>(std::move(large)), 0, 1s);
    CHECK(f.log.gone() == 1);
    check(f.since(0), history_loss::expired, 2, 0);
    check(f.since(1), history_loss::none, 2, 0);
  }
  SUBCASE("age, each message by its own time") {
    fixture f{{.age = 10s}};
    f.append(2, 1s);
    f.append(1, 6s);
    f.log.trim(11s);
    CHECK(f.log.gone() == 0);
    f.log.trim(11s + 1ms);
    CHECK(f.log.gone() == 2);
    f.log.trim(16s + 1ms);
    CHECK(f.log.gone() == 3);
    CHECK(f.log.end() == 3);
  }
}

TEST_CASE("the memory of all messages is counted while they exist, their encodings included") {
  fixture f;
  f.append(2);
  const auto before = f.budget->used();
  CHECK(before == f.log.find(1)->bytes + f.log.find(2)->bytes);
  auto in_use = f.log.find(1)->message;
  in_use->add_memory(1'000);
  CHECK(f.budget->used() == before + 1'000);
  f.log.clear();
  CHECK(f.budget->used() > 1'000);  // somebody still has one
  in_use = nullptr;
  CHECK(f.budget->used() == 0);
}

TEST_CASE("whoever has a position gets everything after it") {
  fixture f;
  check(f.since(0), history_loss::none, 1, 0);
  const auto empty = f.log.position_after(0, 1s);
  f.append(5);
  check(f.since(empty), history_loss::none, 1, 5);
  check(f.since(2), history_loss::none, 3, 3);
  check(f.since(5), history_loss::none, 6, 0);
}

TEST_CASE("a client of a quiet topic that has missed nothing is recovered, also if no message is left") {
  fixture f{{.age = 10s}};
  f.append(5, 1s);
  check(f.since(5, 100, 100s), history_loss::none, 6, 0);
  check(f.since(4, 100, 100s), history_loss::expired, 6, 0);
}

TEST_CASE("a position that cannot be judged is unknown, and nothing follows") {
  fixture f;
  f.append(5);
  const fixture other;
  check(f.since("garbage"), history_loss::unknown, 6, 0);
  check(f.since(""), history_loss::unknown, 6, 0);
  check(f.since(other.log.position_after(0, 1s)), history_loss::unknown, 6, 0);  // of another log of this topic
  check(f.since(6), history_loss::unknown, 6, 0);                                // ahead of all
  check(f.since(UINT64_MAX), history_loss::unknown, 6, 0);
  check(f.log.select({history_request::unknown{}}, f.reader, 100, 1s), history_loss::unknown, 6, 0);
  auto elsewhere = *bennu::parse_position(f.log.position_after(2, 1s));
  elsewhere.topic ^= 1;
  check(f.since(to_text(elsewhere)), history_loss::unknown, 6, 0);
  elsewhere.streams.clear();
  check(f.since(to_text(elsewhere)), history_loss::unknown, 6, 0);
}

TEST_CASE("a position before the oldest message has expired, and the newest messages follow") {
  fixture f{{.messages = 3}};
  f.append(5);
  check(f.since(2), history_loss::none, 3, 3);
  check(f.since(1), history_loss::expired, 3, 3);
  check(f.since(1, 2), history_loss::expired, 4, 2);
}

TEST_CASE("a position of a log that was dropped has expired, if it is old enough to be of that log") {
  fixture f{{}, 50s};
  f.append(2, 60s);
  const fixture dropped;
  check(f.since(dropped.log.position_after(7, 50s), 100, 60s), history_loss::expired, 1, 2);
  check(f.since(dropped.log.position_after(7, 51s), 100, 60s), history_loss::unknown, 3, 0);
}

TEST_CASE("a join gets no more messages than allowed, and is told") {
  fixture f;
  f.append(5);
  check(f.since(0, 5), history_loss::none, 1, 5);
  check(f.since(0, 4), history_loss::limit, 2, 4);
  auto partial = *bennu::parse_position(f.log.position_after(3, 1s));
  partial.partial = true;
  check(f.since(to_text(partial)), history_loss::limit, 4, 2);
}

TEST_CASE("the newest messages are all that was asked for, if none is gone or enough are left") {
  fixture f{{.messages = 4}};
  check(f.last(3), history_loss::none, 1, 0);
  f.append(2);
  check(f.last(3), history_loss::none, 1, 2);
  check(f.last(1), history_loss::none, 2, 1);
  check(f.last(0), history_loss::none, 3, 0);
  check(f.last(3, 1), history_loss::limit, 2, 1);
  f.append(4);
  check(f.last(4), history_loss::none, 3, 4);
  check(f.last(5), history_loss::expired, 3, 4);
  check(f.last(5, 4), history_loss::expired, 3, 4);
  check(f.last(5, 3), history_loss::limit, 4, 3);
}

TEST_CASE("messages within a time are all that was asked for, if none of that time is gone") {
  fixture f{{.messages = 4, .age = 10s}};
  check(f.within(5s, 1s), history_loss::none, 1, 0);
  f.append(2, 1s);
  f.append(2, 5s);
  check(f.within(1s, 5s), history_loss::none, 3, 2);
  check(f.within(4s, 5s), history_loss::none, 1, 4);
  check(f.within(1h, 5s), history_loss::none, 1, 4);
  check(f.within(4s, 5s, 3), history_loss::limit, 2, 3);
  f.append(1, 6s);
  check(f.within(1s, 6s), history_loss::none, 3, 3);
  check(f.within(4s, 6s), history_loss::none, 3, 3);
  check(f.within(5s, 6s), history_loss::expired, 2, 4);  // the first one is gone, and was not older
}

TEST_CASE("a client does not get its own messages of earlier joins") {
  fixture f;
  const auto first = client_session::begin("", f.log.own(), [](auto) { return 0; });
  f.append(1, 1s, first.tag());
  f.append(1, 1s);
  f.append(1, 1s, first.tag());
  f.append(1, 1s);
  f.reader = client_session::begin(first.text(), f.log.own(), [&](auto) { return f.log.end(); });
  check(f.since(0), history_loss::none, 2, 2);  // the first one is its own
  check(f.since(0, 2), history_loss::none, 2, 2);
  check(f.since(0, 1), history_loss::limit, 4, 1);
  check(f.since(4), history_loss::none, 5, 0);
  f.append(1, 1s, first.tag());  // by another client that has a copy of the session
  check(f.since(4), history_loss::none, 5, 1);
}

TEST_CASE("a reader from a number on gets the same as from the position before it") {
  fixture f{{.messages = 3}};
  f.append(5);
  check(f.log.select_from(6, f.reader, 100, 1s), history_loss::none, 6, 0);
  check(f.log.select_from(3, f.reader, 100, 1s), history_loss::none, 3, 3);
  check(f.log.select_from(2, f.reader, 100, 1s), history_loss::expired, 3, 3);
  check(f.log.select_from(3, f.reader, 2, 1s), history_loss::limit, 4, 2);
}

TEST_CASE("dropped messages are known to be gone, and the numbers go on") {
  fixture f;
  f.append(3);
  f.log.clear();
  CHECK(f.log.end() == 3);
  check(f.since(2), history_loss::expired, 4, 0);
  check(f.since(3), history_loss::none, 4, 0);
  f.append(1);
  check(f.since(3), history_loss::none, 4, 1);
}

TEST_CASE("the times of messages never go back") {
  fixture f;
  f.append(1, 5s);
  f.append(1, 4s);
  CHECK(f.log.find(2)->time == 5s);
}
