#include <bennu/pubsub/tracker/replication_codec.hpp>

#include <functional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <variant>

#include <bennu/pubsub/tracker/replication.hpp>
#include <bennu/pubsub/tracker/tracker.hpp>
#include <bennu/runtime/json_parse.hpp>

#include <doctest/doctest.h>
#include <rapidcheck.h>

#include "presence_world.hpp"

using bennu::addressed_message;
using bennu::decode_replication;
using bennu::encode_replication;
using bennu::json;
using bennu::presence_state;
using bennu::replica;
using bennu::replication_message;
using bennu::table_part;

namespace {

const replica node1{"node1", 17};
const replica node2{"node2", 1ULL << 63};

std::string text_of(const bennu::presence_delta& delta) {
  std::string text;
  for (const auto& [who, presences] : delta) {
    text += who.name + '@' + std::to_string(who.incarnation);
    for (const auto& [first, last] : presences.seen.ranges())
      text += ' ' + std::to_string(first) + '-' + std::to_string(last);
    for (const auto& [clock, presence] : presences.live)
      text += ' ' + std::to_string(clock) + ':' + presence->topic + '/' + presence_world::name_of(*presence);
    text += '\n';
  }
  return text;
}

std::string text_of(const bennu::replica_clocks& clocks) {
  std::string text;
  for (const auto& [who, clock] : clocks)
    text += who.name + '@' + std::to_string(who.incarnation) + '=' + std::to_string(clock) + ' ';
  return text;
}

std::string text_of(const replication_message& message) {
  struct {
    std::string operator()(const replication_message::heartbeat& m) const {
      return "heartbeat " + text_of(m.delta) + text_of(m.clocks);
    }
    std::string operator()(const replication_message::transfer_request& m) const { return "ask " + text_of(m.since); }
    std::string operator()(const replication_message::transfer& m) const { return "transfer " + text_of(m.delta); }
    std::string operator()(const replication_message::farewell&) const { return "farewell"; }
  } text;
  return message.from.name + '@' + std::to_string(message.from.incarnation) + ' ' + std::visit(text, message.body);
}

/// The number of ranges of seen clocks in a transfer.
std::size_t ranges_in(const replication_message& message) {
  std::size_t all = 0;
  const auto* const transfer = std::get_if<replication_message::transfer>(&message.body);
  if (transfer == nullptr) return 0;
  for (const auto& [who, presences] : transfer->delta) all += presences.seen.ranges().size();
  return all;
}

std::string error_of(const std::string& bytes) {
  const auto decoded = decode_replication(bytes, 10);
  const auto* const error = std::get_if<std::string>(&decoded);
  return error == nullptr ? "" : *error;
}

void check_round_trip(const replication_message& message) {
  const table_part part{3, 8};
  const auto decoded = decode_replication(encode_replication(part, message), 10);
  REQUIRE(std::holds_alternative<addressed_message>(decoded));
  CHECK(std::get<addressed_message>(decoded).part == part);
  CHECK(text_of(std::get<addressed_message>(decoded).message) == text_of(message));
}

/// Presences in two topics, some of which have left.
struct lively {
  presence_state state{node1};

  lively() {
    state.add({"room", 1, "ana", {{"n", 1}}});
    state.add({"hall", 2, "bob", {{"mood", "ünïcode"}}});
    state.add({"room", 1ULL << 40, "eve", json::object{}});
    state.remove(2, "hall", "bob");
    state.add({"hall", 3, "", {{"deep", {{"er", json::array{1, 2.5, true, nullptr}}}}}});
  }
};

std::string heartbeat_of(const presence_state& state) {
  return encode_replication(
      {}, {node1, replication_message::heartbeat{state.extract(node2, {{node1, 0}}), {{node1, 5}, {node2, 0}}}});
}

/// A message without a sender's name: `version`, part 0 of 1, and the rest.
std::string bytes_of(std::initializer_list<int> bytes) {
  std::string all;
  for (const auto byte : bytes) all += static_cast<char>(byte);
  return all;
}

}  // namespace

TEST_CASE("every kind of message is read as it was written") {
  const lively all;
  const auto& state = all.state;
  check_round_trip({node1, replication_message::heartbeat{*state.delta_since(2), {{node1, 5}, {node2, 0}}}});
  check_round_trip({node1, replication_message::heartbeat{{}, {}}});
  check_round_trip({node2, replication_message::transfer_request{{{node1, 5}, {node2, 1ULL << 62}}}});
  check_round_trip({node2, replication_message::transfer{state.extract(node2, {{node1, 0}})}});
  check_round_trip({node1, replication_message::farewell{}});
}

TEST_CASE("a meta with an integer beyond 64 bits is read digit by digit") {
  constexpr std::string_view text = R"({"n":123456789012345678901234567890})";
  presence_state one{node1};
  one.add({"room", 1, "ana", std::get<json>(bennu::parse_json(text, 10))});
  const auto decoded = decode_replication(heartbeat_of(one), 10);
  const auto& delta = std::get<replication_message::heartbeat>(std::get<addressed_message>(decoded).message.body).delta;
  CHECK(delta.at(node1).live.at(1)->meta.dump() == text);
}

TEST_CASE("a topic's name is written once a message") {
  presence_state one{node1};
  const std::string topic(100, 't');
  one.add({topic, 1, "ana", json::object{}});
  const auto before = heartbeat_of(one).size();
  one.add({topic, 1, "bob", json::object{}});
  CHECK(heartbeat_of(one).size() < before + 20);
}

TEST_CASE("no message of a large table has many more bytes than it may, unless one presence has") {
  constexpr std::size_t most = 4'000;
  constexpr std::size_t large = 10'000;
  bennu::replication_options wanted;
  wanted.max_part_bytes = most;
  presence_state table{node1, 10};
  presence_state other{node2};
  bennu::replication from{table, wanted};
  bennu::replication to{other, wanted};
  const bennu::replication::time now{};
  std::size_t messages = 0;
  std::size_t larger = 0;
  const std::function<void(bennu::replication&, bennu::replication&, const bennu::replication::outcome&)> tell =
      [&](auto& sender, auto& receiver, const auto& said) {
        for (const auto& one : said.messages) {
          const auto bytes = encode_replication({}, one.message);
          const auto rest = 100 + 3 * ranges_in(one.message);
          CHECK(bytes.size() <= large + rest);
          if (bytes.size() > most + rest) ++larger;
          ++messages;
          const auto read = std::get<addressed_message>(decode_replication(bytes, 10));
          tell(receiver, sender, receiver.receive(read.message, now));
        }
      };
  const auto key = [](int i) { return std::string(20, 'k') + std::to_string(i); };
  tell(from, to, from.node_up("node2"));
  for (int i = 0; i < 3'000; ++i) table.add({"room", 1, key(i), {{"n", i}, {"mood", "calm"}}});
  table.add({"room", 2, "large", {{"text", std::string(large, 'x')}}});
  tell(from, to, from.tick(now));
  tell(to, from, to.tick(now));
  CHECK(messages > 50);
  CHECK(larger == 1);
  CHECK(presence_world::seen_in(other) == presence_world::seen_in(table));

  for (int i = 0; i < 3'000; i += 3) table.remove(1, "room", key(i));
  for (int i = 0; i < 3'000; i += 3) table.add({"room", 3, key(i), {{"n", -i}}});
  tell(from, to, from.tick(now));
  tell(to, from, to.tick(now));
  CHECK(larger == 1);
  CHECK(presence_world::seen_in(other) == presence_world::seen_in(table));
}

TEST_CASE("a message of another version, or of no known kind, is refused by name") {
  CHECK(error_of(bytes_of({2, 0, 1, 4, 1, 'a', 1})) == "it is of another version");
  CHECK(error_of(bytes_of({1, 0, 1, 9, 1, 'a', 1})) == "it is of no known kind");
  CHECK(error_of(bytes_of({1, 1, 1, 4, 1, 'a', 1})) == "there is no such part of the table");
  CHECK(error_of(bytes_of({1, 0, 1, 4, 1, 'a', 1})) == "");
}

TEST_CASE("a malformed message is refused with a description of the fault") {
  CHECK(error_of("") == "it ends too early");
  CHECK(error_of(bytes_of({1, 0, 1, 4, 0, 1})) == "a node's name is 1 to 255 bytes long");
  CHECK(error_of(bytes_of({1, 0, 1, 4, 1, 'a', 1, 0})) == "something follows its end");
  CHECK(error_of(bytes_of({1, 0, 1, 4, 100, 'a', 1})) == "it announces more than follows");
  CHECK(error_of(bytes_of({1, 0, 1, 2, 1, 'a', 1, 2, 1, 'b', 1, 1, 1, 'b', 1, 1})) == "a replica comes twice");
  CHECK(error_of(bytes_of({1, 0, 1, 4, 1, 'a', 255, 255, 255, 255, 255, 255, 255, 255, 255, 127})) ==
        "a number is too large");
  CHECK(error_of(bytes_of({1, 0, 1, 4, 1, 'a', 255, 255, 255, 255, 255, 255, 255, 255, 255, 2})) ==
        "a number is too large");
  CHECK(error_of(bytes_of({1, 0, 1, 4, 1, 'a', 255, 255, 255, 255, 255, 255, 255, 255, 255, 1})) == "");
  // A transfer of one replica: its ranges, its presences.
  CHECK(error_of(bytes_of({1, 0, 1, 3, 1, 'a', 1, 1, 1, 'a', 1, 1, 0, 0, 0})) == "clocks are in no order");
  CHECK(error_of(bytes_of({1, 0, 1, 3, 1, 'a', 1, 1, 1, 'a', 1, 1, 1, 0, 1, 2, 0, 0, 0, 0})) ==
        "a presence carries a clock that was not seen");
  CHECK(error_of(bytes_of({1, 0, 1, 3, 1, 'a', 1, 1, 1, 'a', 1, 1, 1, 0, 1, 1, 1, 0, 0, 2, '{', '}'})) ==
        "the index of a topic that was not sent");
  CHECK(error_of(bytes_of({1, 0, 1, 3, 1, 'a', 1, 1, 1, 'a', 1, 1, 1, 0, 1, 1, 0, 0, 0, 0, 1, '1'})) ==
        "a meta is no JSON object");
}

TEST_CASE("a meta may not be nested deeper than is allowed") {
  presence_state state{node1};
  json deep{json::object{}};
  for (int i = 0; i < 10; ++i) deep = json{{"more", deep}};
  state.add({"room", 1, "ana", deep});
  CHECK(error_of(heartbeat_of(state)) == "a meta is no JSON object");
}

TEST_CASE("a meta as large as it may be is read, however deep it is") {
  const auto large = bennu::tracker_options{}.max_meta_bytes;
  json deep{json::array{}};
  for (std::size_t size = 2; size < large - 10; size += 2) {
    json::array outer;
    outer.push_back(std::move(deep));
    deep = json{std::move(outer)};
  }
  presence_state state{node1};
  state.add({"room", 1, "ana", {{"deep", std::move(deep)}}});
  const auto read = decode_replication(heartbeat_of(state), bennu::replication_options{}.max_json_depth);
  CHECK(std::holds_alternative<addressed_message>(read));
}

TEST_CASE("a node's name that others would refuse is not sent") {
  CHECK_THROWS_AS(encode_replication({}, {{std::string(256, 'n'), 1}, replication_message::farewell{}}),
                  std::invalid_argument);
}

TEST_CASE("a message that breaks off anywhere is refused") {
  const auto whole = heartbeat_of(lively{}.state);
  for (std::size_t size = 0; size < whole.size(); ++size) CHECK(error_of(whole.substr(0, size)) != "");
}

TEST_CASE("any bytes can be read safely, and an accepted message can be merged") {
  const auto whole = heartbeat_of(lively{}.state);
  const auto good = rc::check([&](const std::vector<std::pair<std::uint16_t, std::uint8_t>>& changed) {
    auto bytes = whole;
    for (const auto& [where, byte] : changed) bytes[where % bytes.size()] = static_cast<char>(byte);
    const auto decoded = decode_replication(bytes, 10);
    const auto* const accepted = std::get_if<addressed_message>(&decoded);
    if (accepted == nullptr) return;
    const auto* const heartbeat = std::get_if<replication_message::heartbeat>(&accepted->message.body);
    if (heartbeat == nullptr) return;
    presence_state state{node2};
    for (const auto& [who, presences] : heartbeat->delta) state.replica_up(who);
    std::size_t live = 0;
    for (const auto& [who, presences] : heartbeat->delta) live += who == node2 ? 0 : presences.live.size();
    RC_ASSERT(state.merge(heartbeat->delta).joins.size() == live);
    RC_ASSERT(state.merge(heartbeat->delta).empty());
  });
  CHECK(good);
}
