// A log with the messages of several nodes.
#include <memory>
#include <string>
#include <vector>

#include <bennu/pubsub/history/held_messages.hpp>
#include <bennu/pubsub/history/history_log.hpp>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using bennu::client_session;
using bennu::history_log;
using bennu::history_loss;
using bennu::history_request;
using bennu::position;
using bennu::stream_id;

namespace {

using ms = std::chrono::milliseconds;
using places = std::vector<position::place>;

constexpr stream_id a{1};
constexpr stream_id b{2};

bennu::ref<bennu::shared_broadcast> message(const char* event = "shout") {
  return bennu::make_ref<bennu::shared_broadcast>(bennu::broadcast{"room:1", event, {}});
}

history_log::entry entry(stream_id stream, std::uint64_t seq, ms time = 100s) {
  return {message(), client_session::no_tag, time, 10, stream, seq};
}

struct fixture {
  /// Appends messages of a stream, up to this number.
  void fill(stream_id stream, std::uint64_t up_to, ms time = 100s) {
    const auto* known = log.find_stream(stream);
    for (auto seq = (known != nullptr ? known->have : 0) + 1; seq <= up_to; ++seq) {
      REQUIRE(log.connects(stream, seq));
      log.append(entry(stream, seq, time), time);
    }
  }
  history_log::selection since(places seen, ms stamp = 100s, ms now = 100s, std::size_t most = 100) {
    const position where{position::tag_of("room:1"), std::chrono::duration_cast<std::chrono::seconds>(stamp),
                         std::move(seen)};
    return log.select({history_request::since{to_text(where)}}, {}, most, now);
  }

  std::shared_ptr<bennu::separation> apart = std::make_shared<bennu::separation>();
  history_log log{"room:1", {.messages = 4, .age = 60s}, nullptr, ms{-1}, apart};
};

void check(const history_log::selection& found, history_loss loss, std::uint64_t first, std::size_t count) {
  CHECK(to_string(found.loss) == to_string(loss));
  CHECK(found.first == first);
  CHECK(found.count == count);
}

}  // namespace

TEST_CASE("a position has a place in each stream, and all messages beyond any of them follow") {
  fixture f;
  f.fill(a, 2);
  f.fill(b, 2);
  struct {
    places seen;
    std::uint64_t first;
    std::size_t count;
  } const rows[] = {
      {{{a, 2}, {b, 2}}, 5, 0}, {{{a, 1}, {b, 2}}, 2, 1}, {{{a, 2}, {b, 1}}, 4, 1}, {{{a, 1}, {b, 1}}, 2, 2},
      {{{a, 2}}, 3, 2},         {{{b, 2}}, 1, 2},         {{{a, 0}}, 1, 4},         {{{b, 1}}, 1, 3},
  };
  for (const auto& row : rows) check(f.since(row.seen), history_loss::none, row.first, row.count);
}

TEST_CASE(
    "a position before a stream's oldest message, or without a stream whose first messages are gone, has expired") {
  fixture f;
  f.fill(a, 3);
  f.fill(b, 3);  // the first two of a are gone
  check(f.since({{a, 2}, {b, 0}}), history_loss::none, 3, 4);
  check(f.since({{a, 1}, {b, 0}}), history_loss::expired, 3, 4);
  check(f.since({{b, 1}}), history_loss::expired, 3, 3);
}

TEST_CASE("a position with an unknown stream, or ahead of a known one, is unknown") {
  fixture f;
  f.fill(a, 2);
  check(f.since({{a, 3}}), history_loss::unknown, 3, 0);
  check(f.since({{a, 1}, {b, 1}}), history_loss::unknown, 3, 0);
  check(f.since({{a, 1}, {b, 0}}), history_loss::unknown, 3, 0);
  f.log.learn(b, 100s);
  check(f.since({{a, 1}, {b, 0}}), history_loss::none, 2, 1);
}

TEST_CASE("the position before what follows stands for all that the client has, and never goes back") {
  fixture f;
  f.fill(a, 2);
  f.fill(b, 2);
  const auto found = f.since({{a, 1}, {b, 2}});
  const auto at = *bennu::parse_position(f.log.position_after(found.first - 1, found.seen, 100s));
  CHECK(at.in(a) == 1);
  CHECK(at.in(b) == 2);
  CHECK(f.since({{a, 2}, {b, 1}}).seen.empty());
}

TEST_CASE("a gap is a loss for those before it, and none for those beyond it") {
  fixture f;
  f.fill(a, 1);
  f.log.append({message("$history"), 0, 100s, 0, a, 4, true}, 100s);
  f.fill(a, 5);
  check(f.since({{a, 1}}), history_loss::expired, 3, 1);
  check(f.since({{a, 3}}), history_loss::expired, 3, 1);
  check(f.since({{a, 4}}), history_loss::none, 3, 1);
  check(f.since({{a, 5}}), history_loss::none, 4, 0);
  check(f.log.select({history_request::last{1}}, {}, 100, 100s), history_loss::none, 3, 1);
  check(f.log.select({history_request::last{2}}, {}, 100, 100s), history_loss::expired, 1, 2);
}

TEST_CASE("a stream that is silent for long is left out of positions, and then forgotten") {
  fixture f;
  f.fill(a, 1, 100s);
  f.fill(b, 1, 181s);
  const auto text = f.log.position_after(f.log.end(), 181s);
  CHECK_FALSE(bennu::parse_position(text)->in(a).has_value());
  CHECK(bennu::parse_position(text)->in(b) == 1);
  check(f.since({{b, 1}}, 181s, 181s), history_loss::none, 3, 0);
  check(f.since({{b, 1}}, 100s, 181s), history_loss::expired, 3, 0);  // of a time before the silence
  f.log.trim(241s);
  CHECK(f.log.find_stream(a) == nullptr);
}

TEST_CASE("while a node is out of reach, and for positions of that time, no silence is taken for knowledge") {
  fixture f;
  f.fill(a, 1, 100s);
  f.apart->begin();
  f.fill(b, 1, 181s);
  CHECK(bennu::parse_position(f.log.position_after(f.log.end(), 181s))->in(a) == 1);
  check(f.since({{b, 1}}, 181s, 181s), history_loss::expired, 3, 0);
  f.log.trim(241s);
  CHECK(f.log.find_stream(a) != nullptr);
  f.apart->end(200s);
  check(f.since({{b, 1}}, 205s, 215s), history_loss::expired, 3, 0);
  check(f.since({{b, 1}}, 211s, 215s), history_loss::none, 3, 0);
}

TEST_CASE("the number of streams is bounded, and what is forgotten too early is not taken for known") {
  fixture f;
  for (std::uint64_t i = 10; i < 10 + 2 * history_log::max_streams; ++i) f.log.learn(stream_id{i}, 100s);
  CHECK(f.log.streams().size() == history_log::max_streams);
  CHECK(f.log.find_stream(f.log.own()) != nullptr);
  f.fill(a, 1);
  check(f.since({{a, 1}}, 99s), history_loss::expired, 2, 0);
}

TEST_CASE("held messages follow in the order of their times, as soon as they connect") {
  fixture f;
  bennu::held_messages held{10, 1'000};
  const auto take = [&](bool with_gaps) {
    std::string taken;
    while (auto next = held.next(f.log, with_gaps)) {
      taken += (next->stream == a ? 'a' : 'b') + std::to_string(next->seq) + (next->is_gap ? "gap " : " ");
      if (next->is_gap) next->message = message("$history");
      f.log.append(std::move(*next), 100s);
    }
    return taken;
  };
  held.add(entry(a, 2, 102s));
  held.add(entry(b, 1, 101s));
  held.add(entry(b, 2, 103s));
  CHECK(take(false) == "b1 b2 ");
  held.add(entry(a, 1, 100s));
  held.add(entry(b, 3, 101s));
  CHECK(take(false) == "a1 b3 a2 ");
  held.add(entry(a, 2));
  CHECK(held.is_empty(f.log));
  held.add(entry(a, 5, 104s));
  held.claim(b, 9, 103s);
  CHECK(take(false).empty());
  CHECK_FALSE(held.is_empty(f.log));
  CHECK(take(true) == "b9gap a4gap a5 ");
  CHECK(held.is_empty(f.log));
}

TEST_CASE("held messages are bounded: the oldest are dropped, and count as missing") {
  fixture f;
  bennu::held_messages held{3, 1'000};
  for (std::uint64_t seq = 2; seq <= 8; ++seq) held.add(entry(a, seq, ms{static_cast<int>(100'000 + seq)}));
  const auto first = held.next(f.log, true);
  REQUIRE(first.has_value());
  CHECK(first->is_gap);
  CHECK(first->seq == 5);
}
