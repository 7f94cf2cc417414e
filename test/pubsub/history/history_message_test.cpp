#include <bennu/pubsub/history/history_message.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace std::chrono_literals;
using bennu::encode_history;
using bennu::history_message;
using bennu::stream_id;

namespace {

bennu::ref<bennu::shared_broadcast> message(bennu::payload content) {
  return bennu::make_ref<bennu::shared_broadcast>(bennu::broadcast{"room:1", "shout", std::move(content)});
}

history_message a_pull() {
  return {history_message::pull{
      7, true, {{"room:1", {{stream_id{3}, 0}, {stream_id{5}, 1'000'000}}}, {std::string{"\0x", 2}, {}}}}};
}

history_message an_answer() {
  history_message::answer result{9, {}};
  result.parts.push_back({"room:1", false, {{stream_id{3}, 12, 5s}}, {}});
  result.parts.back().messages.push_back({stream_id{3}, 11, 77, 1s, 0, message({{"n", 1}})});
  result.parts.back().messages.push_back({stream_id{3}, 12, 0, 0s, 0, message(bennu::binary{"\x01\xff"})});
  result.parts.push_back({"room:2", true, {}, {}});
  return {std::move(result)};
}

}  // namespace

TEST_CASE("a pull is read as it was written") {
  const auto read = bennu::decode_history(encode_history(a_pull()), 10);
  REQUIRE(read.has_value());
  const auto& pull = std::get<history_message::pull>(read->body);
  CHECK(pull.id == 7);
  CHECK(pull.is_after_loss);
  REQUIRE(pull.topics.size() == 2);
  CHECK(pull.topics[0].name == "room:1");
  CHECK(pull.topics[0].have[1].seq == 1'000'000);
  CHECK(pull.topics[1].name.size() == 2);
  CHECK(encode_history(*read) == encode_history(a_pull()));
}

TEST_CASE("an answer is read as it was written") {
  const auto read = bennu::decode_history(encode_history(an_answer()), 10);
  REQUIRE(read.has_value());
  const auto& answer = std::get<history_message::answer>(read->body);
  REQUIRE(answer.parts.size() == 2);
  CHECK_FALSE(answer.parts[0].is_last);
  CHECK(answer.parts[0].streams[0].age == 5s);
  REQUIRE(answer.parts[0].messages.size() == 2);
  CHECK(answer.parts[0].messages[0].session == 77);
  CHECK(answer.parts[0].messages[1].content->value().payload.is_binary());
  CHECK(encode_history(*read) == encode_history(an_answer()));
}

TEST_CASE("a farewell is read as it was written") {
  const auto read = bennu::decode_history(encode_history({history_message::farewell{}}), 10);
  REQUIRE(read.has_value());
  CHECK(std::holds_alternative<history_message::farewell>(read->body));
}

TEST_CASE("bytes that end too early, or are of another version, are malformed") {
  for (const auto& good : {encode_history(a_pull()), encode_history(an_answer())}) {
    for (std::size_t n = 0; n < good.size(); ++n) {
      const auto read = bennu::decode_history(good.substr(0, n), 10);
      // A list of topics may end after each of them.
      if (read) CHECK(encode_history(*read) == good.substr(0, n));
    }
    auto other = good;
    other[0] = 9;
    CHECK_FALSE(bennu::decode_history(other, 10).has_value());
    other = good;
    other[1] = 9;
    CHECK_FALSE(bennu::decode_history(other, 10).has_value());
  }
  CHECK_FALSE(bennu::decode_history(encode_history({history_message::farewell{}}) + "x", 10).has_value());
}

TEST_CASE("a message of another topic, or without a number, is malformed") {
  history_message::answer wrong{1, {}};
  wrong.parts.push_back({"room:2", true, {}, {}});
  wrong.parts.back().messages.push_back({stream_id{3}, 1, 0, 0s, 0, message({{"n", 1}})});
  CHECK_FALSE(bennu::decode_history(encode_history({wrong}), 10).has_value());
  wrong.parts.back().topic = "room:1";
  CHECK(bennu::decode_history(encode_history({wrong}), 10).has_value());
  wrong.parts.back().messages.back().seq = 0;
  CHECK_FALSE(bennu::decode_history(encode_history({wrong}), 10).has_value());
}
