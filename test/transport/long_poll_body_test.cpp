#include <doctest/doctest.h>

#include <string>
#include <string_view>
#include <vector>

#include <algorithm>
#include <bennu/runtime/base64.hpp>
#include <bennu/runtime/json_parse.hpp>
#include <bennu/transport/internal/long_poll_body.hpp>

using namespace bennu;
using namespace std::literals;

namespace {

std::string joined(const long_poll_answer_body& body) {
  std::string all;
  body.append_to(all);
  return all;
}

constexpr auto ndjson = "application/x-ndjson"sv;

using messages = std::vector<posted_message>;

posted_message text(std::string bytes) { return {message_kind::text, std::move(bytes)}; }
posted_message bytes(std::string bytes) { return {message_kind::binary, std::move(bytes)}; }

messages parsed(std::string_view body, std::size_t most = 100) {
  auto result = parse_long_poll_post(ndjson, body, most);
  REQUIRE(result);
  return result->messages;
}

/// The messages of an answer, as the client decodes it.
json::array received(const std::vector<ref<const frame>>& sent) {
  const auto answer = parse_json(joined(long_poll_answer(long_poll_status::ok, "t", sent)), 8);
  REQUIRE(std::holds_alternative<json>(answer));
  return *std::get<json>(answer)["messages"].if_array();
}

/// The single message of an answer, as the JavaScript client reads it.
json decoded(message_kind kind, std::string_view payload) {
  const auto got = received({frame::make(kind, payload)});
  REQUIRE(got.size() == 1);
  const auto message = parse_json(*got[0].if_string(), 8);
  REQUIRE(std::holds_alternative<json>(message));
  return std::get<json>(message);
}

}  // namespace

TEST_CASE("each line of a batch is a message, in order") {
  CHECK(parsed("[1]\n[2]\n[3]") == messages{text("[1]"), text("[2]"), text("[3]")});
  CHECK(parsed("[1]\r\n[2]") == messages{text("[1]"), text("[2]")});
}

TEST_CASE("empty lines of a batch are no messages") {
  CHECK(parsed("").empty());
  CHECK(parsed("\n\r\n").empty());
  CHECK(parsed("\n[1]\n\n\r\n[2]\n") == messages{text("[1]"), text("[2]")});
}

TEST_CASE("a line that does not begin with a bracket is a binary message in base64") {
  CHECK(parsed("AAEC/w==\n[1]\nAAEC_w") == messages{bytes("\0\1\2\xFF"s), text("[1]"), bytes("\0\1\2\xFF"s)});
}

TEST_CASE("of a batch no more than the first lines are taken") {
  CHECK(parsed("[1]\n[2]\n[3]", 2) == messages{text("[1]"), text("[2]")});
  CHECK(parsed("[1]\n[2]\nno base64!", 2) == messages{text("[1]"), text("[2]")});
  CHECK(parse_long_poll_post(ndjson, "[1]\n[2]\n\n[3]\nno base64!\n", 2)->ignored == 2);
  CHECK(parse_long_poll_post(ndjson, "[1]\n[2]\n\n", 2)->ignored == 0);
}

TEST_CASE("a batch with a line that is neither text nor base64 is refused as a whole") {
  for (const auto body : {"[1]\nno base64!"sv, "{}"sv, "A"sv, "[\"\xFF\"]"sv}) {
    CAPTURE(body);
    CHECK_FALSE(parse_long_poll_post(ndjson, body, 100));
  }
}

TEST_CASE("a body of another content type is one text message") {
  for (const auto type : {"application/json"sv, "text/plain"sv, ""sv}) {
    CHECK(parse_long_poll_post(type, "{\"a\":\n1}", 100)->messages == messages{text("{\"a\":\n1}")});
  }
  CHECK(parse_long_poll_post("text/plain", "", 100)->messages.empty());
  CHECK_FALSE(parse_long_poll_post("text/plain", "\xC3", 100));
}

TEST_CASE("the answer to a poll holds its status, the token and each message as a string") {
  CHECK(joined(long_poll_answer(long_poll_status::no_content, "abc", {})) ==
        R"({"status":204,"token":"abc","messages":[]})");
  const std::vector sent{frame::make(message_kind::text, R"([null,"é"])"), frame::make(message_kind::text, "[2]")};
  CHECK(joined(long_poll_answer(long_poll_status::ok, "a\"c", sent)) ==
        R"({"status":200,"token":"a\"c","messages":["[null,\"é\"]","[2]"]})");
  CHECK(joined(long_poll_answer(long_poll_status::forbidden)) == R"({"status":403})");
}

TEST_CASE("answers share their large messages, and are complete in any mixture with small ones") {
  const std::string large(100'000, '"');
  const auto small = frame::make(message_kind::text, "[1]");
  const auto shared = frame::make(message_kind::text, large);
  for (const auto& sent :
       {std::vector{shared}, {shared, shared}, {small, shared}, {shared, small, shared, small, small}}) {
    const auto first = long_poll_answer(long_poll_status::ok, "one", sent);
    const auto second = long_poll_answer(long_poll_status::ok, "two", sent);
    const auto is_quoted = [&](const shared_bytes& part) {
      return part.bytes.data() == shared->quoted().wire().data();
    };
    const auto count = std::count(sent.begin(), sent.end(), shared);
    CHECK(std::count_if(first.parts.begin(), first.parts.end(), is_quoted) == count);
    CHECK(std::count_if(second.parts.begin(), second.parts.end(), is_quoted) == count);
    const auto whole = joined(first);
    CHECK(first.size() == whole.size());
    const auto parsed = parse_json(whole, 8);
    const auto& got = *std::get<json>(parsed)["messages"].if_array();
    REQUIRE(got.size() == sent.size());
    for (std::size_t i = 0; i < sent.size(); ++i) CHECK(*got[i].if_string() == sent[i]->payload());
  }
}

TEST_CASE("an answer keeps the messages that it shares") {
  const std::string large(100'000, 'x');
  const auto answer = long_poll_answer(long_poll_status::ok, "t", std::vector{frame::make(message_kind::text, large)});
  CHECK(joined(answer) == R"({"status":200,"token":"t","messages":[")" + large + "\"]}");
}

TEST_CASE("a binary push becomes the text message of the same meaning, its data in base64") {
  CHECK(decoded(message_kind::binary,
                "\0\1\6\3"
                "1room:abin"
                "\0\xFF"s) == json{json::array{"1", nullptr, "room:a", "bin", base64_encode("\0\xFF"s)}});
  CHECK(decoded(message_kind::binary,
                "\0\0\1\1"
                "te"s) == json{json::array{nullptr, nullptr, "t", "e", ""}});
}

TEST_CASE("a binary reply becomes the text message of the same meaning, its data in base64") {
  const json reply{{"status", "ok"}, {"response", base64_encode("\1\2\3\4"s)}};
  CHECK(decoded(message_kind::binary,
                "\1\1\1\6\2"
                "12room:aok"
                "\1\2\3\4"s) == json{json::array{"1", "2", "room:a", "phx_reply", reply}});
}

TEST_CASE("a binary broadcast becomes the text message of the same meaning, its data in base64") {
  CHECK(decoded(message_kind::binary,
                "\2\6\5"
                "room:abinbc"
                "\xFF"s) == json{json::array{nullptr, nullptr, "room:a", "binbc", base64_encode("\xFF"s)}});
}

TEST_CASE("a binary message of another protocol goes down as base64, as it would come up") {
  for (const auto& payload : {"\x95\xC0\xC0"s, "\3\1\1"s,
                              "\0\1\6\3"
                              "1room"s,
                              "\2\1\1\xFF\xFE"s, "\1"s, ""s}) {
    CAPTURE(base64_encode(payload));
    const auto got = received({frame::make(message_kind::binary, payload)});
    CHECK(got == json::array{base64_encode(payload)});
  }
}
