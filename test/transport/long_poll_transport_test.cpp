#include <doctest/doctest.h>
#include <poll.h>

#include <optional>
#include <string>
#include <vector>

#include "long_poll_server.hpp"

using namespace bennu;
using namespace bennu::testing;
using namespace std::literals;

namespace {

const auto forbidden = R"({"status":403})"s;
const auto gone = R"({"status":410})"s;
const auto done = R"({"status":200})"s;

}  // namespace

TEST_CASE_FIXTURE(long_poll_server, "a GET without a session opens one, and its token leads there") {
  const auto opened = get("vsn=2.0.0");
  CHECK(opened.status == 200);
  CHECK(opened.has("content-type: application/json; charset=utf-8"));
  CHECK(opened.has("cache-control: no-store"));
  CHECK(opened.has("access-control-allow-origin: *"));
  const auto token = opened.token();
  CHECK(token.size() == 32);
  CHECK(opened.content() == json{{"status", 410}, {"token", token}, {"messages", json::array{}}});

  CHECK(post(token, "[1]\n[2]").body == done);
  const json polled{{"status", 200}, {"token", token}, {"messages", json::array{"[1]", "[2]"}}};
  CHECK(get("token=" + token).content() == polled);
}

TEST_CASE_FIXTURE(long_poll_server, "a poll waits for the next message") {
  const auto token = get("").token();
  const auto waiting = send("GET", "/a/longpoll?token=" + token);
  CHECK(post(token, "[1]").body == done);
  CHECK(receive(waiting).content()["messages"] == json{json::array{"[1]"}});
}

TEST_CASE_FIXTURE(long_poll_server, "the token may come in a header, which counts before the parameter") {
  const auto token = get("").token();
  const auto header = "x-phoenix-longpoll-token: " + token + "\r\n";
  CHECK(request("POST", "/a/longpoll?token=none", header, "[1]").body == done);
  CHECK(get("token=none", header).token() == token);
}

TEST_CASE_FIXTURE(long_poll_server, "an invalid token has no session: a POST is answered so, a GET opens one") {
  for (const auto* token : {"", "none", "null", "%00", "a&token[]=b"}) {
    CAPTURE(token);
    CHECK(post(token, "[1]").body == gone);
    CHECK(get("token="s + token).content()["status"] == json{410});
  }
}

TEST_CASE_FIXTURE(long_poll_server, "a token of another mount is none") {
  const auto token = get("").token();
  CHECK(request("POST", "/b/longpoll?token=" + token, "", "[1]").body == gone);
  CHECK(request("GET", "/b/longpoll?token=" + token).token() != token);
  CHECK(post(token, "[1]").body == done);
}

TEST_CASE_FIXTURE(long_poll_server, "a session that its socket closed is gone") {
  const auto token = get("").token();
  CHECK(post(token, "[\"close\"]").body == R"({"status":200})");
  CHECK(log.closed.get_future().get() == exit_reason::kind::disconnected);
  CHECK(post(token, "[1]").body == gone);
  const auto again = get("token=" + token);
  CHECK(again.content()["status"] == json{410});
  CHECK(again.token() != token);
}

TEST_CASE_FIXTURE(long_poll_server,
                  "a poll whose session ends while it waits is told so, and the next opens a new one") {
  const auto token = get("").token();
  // Of two polls the later one waits, once the earlier one was answered.
  pollfd polls[2];
  for (auto& p : polls) p = {send("GET", "/a/longpoll?token=" + token), POLLIN, 0};
  REQUIRE(::poll(polls, 2, 10'000) == 1);
  const bool first_answered = polls[0].revents != 0;
  CHECK(receive(polls[first_answered ? 0 : 1].fd).content()["status"] == json{204});
  const auto waiting = polls[first_answered ? 1 : 0].fd;
  CHECK(post(token, "[\"close\"]").body == R"({"status":200})");
  const auto answer = receive(waiting);
  CHECK(answer.content()["status"] == json{410});
  CHECK(answer.token().empty());
  const auto next = get("token=" + answer.token());
  CHECK(next.content()["status"] == json{410});
  CHECK(post(next.token(), "[1]").body == done);
}

TEST_CASE_FIXTURE(long_poll_server, "a client that may not connect gets the status in the body") {
  CHECK(get("refuse").body == forbidden);
  CHECK(get("", "origin: http://b.test\r\n").body == forbidden);
  CHECK(get("", "origin: http://a.test\r\n").content()["status"] == json{410});
  for (const auto* method : {"POST", "OPTIONS", "PUT"}) {
    const auto answer = request(method, "/a/longpoll", "origin: http://b.test\r\n");
    CHECK(answer.status == 200);
    CHECK(answer.body == forbidden);
  }
}

TEST_CASE_FIXTURE(long_poll_server, "a connect that throws is a fault of the server's") {
  CHECK(get("throw").status == 500);
}

TEST_CASE_FIXTURE(long_poll_server, "the socket gets the auth token") {
  get("", "x-phoenix-authtoken: secret\r\n");
  get("");
  CHECK(log.auth_tokens == std::vector<std::optional<std::string>>{"secret", std::nullopt});
}

TEST_CASE_FIXTURE(long_poll_server, "the answer to a preflight names the allowed methods and headers") {
  const auto answer = request("OPTIONS", "/a/longpoll", "access-control-request-headers: content-type, x-mine\r\n");
  CHECK(answer.status == 200);
  CHECK(answer.body.empty());
  CHECK(answer.has("access-control-allow-headers: content-type, x-mine"));
  CHECK(answer.has("access-control-allow-methods: get, post, options"));
  CHECK(answer.has("access-control-max-age: 3600"));
  CHECK(answer.has("access-control-allow-origin: *"));
}

TEST_CASE_FIXTURE(long_poll_server, "other methods are bad requests") {
  for (const auto* method : {"PUT", "DELETE", "PATCH"}) {
    const auto answer = request(method, "/a/longpoll");
    CHECK(answer.status == 400);
    CHECK(answer.body.empty());
  }
}

TEST_CASE_FIXTURE(long_poll_server,
                  "a post that makes no sense, or is too long, is a bad request, and the session goes on") {
  const auto token = get("").token();
  CHECK(post(token, "[1]\nno base64!").status == 400);
  CHECK(post(token, std::string(201, '[')).status == 400);
  CHECK(get("vsn=%").status == 400);
  CHECK(post(token, "[2]").body == done);
  CHECK(get("token=" + token).content()["messages"] == json{json::array{"[2]"}});
}

TEST_CASE_FIXTURE(long_poll_server,
                  "max_message_bytes: a post with a longer message is a bad request, and none is handled") {
  const auto token = get("").token();
  const auto longest = '[' + std::string(98, ' ') + ']';
  const auto json_post = [&](const std::string& body) {
    return request("POST", "/a/longpoll?token=" + token, "content-type: application/json\r\n", body).status;
  };
  const auto before = threads.metrics()->value(metric::requests_refused);
  CHECK(post(token, "[1]\n[" + longest).status == 400);
  CHECK(post(token, "[1]\n" + std::string(136, 'A')).status == 400);  // 102 bytes in base64
  CHECK(json_post('[' + longest) == 400);
  CHECK(threads.metrics()->value(metric::requests_refused) == before + 3);
  CHECK(post(token, longest + '\n').body == done);
  CHECK(json_post(longest) == 200);
  CHECK(get("token=" + token).content()["messages"] == json{json::array{longest, longest}});
}

TEST_CASE_FIXTURE(long_poll_server, "max_long_poll_batch: further messages are ignored, and counted") {
  const auto token = get("").token();
  std::string lines;
  for (int i = 10; i < 33; ++i) lines += '[' + std::to_string(i) + "]\n";
  CHECK(post(token, lines).body == done);
  const auto content = get("token=" + token).content();
  const auto& messages = content.as_array("messages");
  CHECK(messages.size() == 20);
  CHECK(messages.back() == json{"[29]"});
  CHECK(threads.metrics()->value(metric::messages_ignored) == 3);
}

TEST_CASE_FIXTURE(long_poll_server, "a server that drains ends its sessions, and its polls") {
  const auto token = get("").token();
  const auto waiting = send("GET", "/a/longpoll?token=" + token);
  CHECK(running->connections() >= 1);
  running->drain();
  CHECK(running->connections() == 0);
  CHECK(log.closed.get_future().get() == exit_reason::kind::shutdown);
  ::close(waiting);
}

TEST_CASE_FIXTURE(long_poll_server, "a server that goes away tells its sockets") {
  get("");
  running.reset();
  CHECK(log.was_closed);
  CHECK(log.closed.get_future().get() == exit_reason::kind::shutdown);
  CHECK(threads.await_actors(10s));
}
