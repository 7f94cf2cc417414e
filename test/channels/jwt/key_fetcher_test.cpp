#include <chrono>
#include <future>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include <bennu/channels/jwt/jwt_verifier.hpp>
#include <bennu/runtime/guarded.hpp>

#include "jwt_texts.hpp"
#include "key_server.hpp"

using bennu::json;
using bennu::jwt_keys;
using bennu::jwt_refusal;
using bennu::jwt_result;
using bennu::jwt_verifier;
using bennu::key_fetch_options;
using test::answer_of;
using test::key_server;
using namespace std::chrono_literals;

namespace {

constexpr auto patience = 60s;

const json& vector(std::size_t index) { return test::vectors_of_node().at("vectors").at(index); }
const std::string& token(std::size_t index) { return vector(index).as_string("token"); }
std::string set_with(std::size_t index) { return test::set_of(vector(index).at("jwk")); }

std::string outcome(const jwt_result& result) {
  const auto* refused = std::get_if<jwt_refusal>(&result);
  return refused != nullptr ? std::string{to_string(refused->error)} : "accepted";
}

/// The outcome of verifying with a callback.
std::future<std::string> outcome_later(const jwt_verifier& tokens, const std::string& text) {
  auto promise = std::make_shared<std::promise<std::string>>();
  tokens.verify(text, [promise](const jwt_result& result) { promise->set_value(outcome(result)); });
  return promise->get_future();
}

std::string outcome_of(std::future<std::string> later) {
  return later.wait_for(patience) == std::future_status::ready ? later.get() : "never called";
}

/// Options with which every unknown key leads to a fetch, and with the lines of the log.
struct eager {
  std::shared_ptr<bennu::guarded<std::string>> log = std::make_shared<bennu::guarded<std::string>>();
  key_fetch_options options{
      .min_interval = 0s,
      .logger = bennu::logger{bennu::log_level::debug, [to = log](bennu::log_level, std::string_view line) {
                                to->lock()->append(line) += '\n';
                              }}};
};

/// Checks that an answer is refused, for a reason that the log tells.
void check_failure(const std::string& answer, const std::string& reason, key_fetch_options options = eager{}.options) {
  CAPTURE(reason);
  const eager with;
  options.logger = with.options.logger;
  const key_server server{[&](int) { return answer; }};
  const jwt_verifier tokens{jwt_keys::url(server.url(), options)};
  CHECK(outcome_of(outcome_later(tokens, token(6))) == "no_keys");
  const auto log = *with.log->lock();
  CAPTURE(log);
  CHECK(log.find(reason) != std::string::npos);
}

}  // namespace

TEST_CASE("keys are fetched once, and verify without waiting") {
  const key_server server{[](int) { return answer_of(set_with(6)); }};
  const auto keys = jwt_keys::url(server.url());
  REQUIRE(keys.wait(patience));
  const jwt_verifier tokens{keys};
  CHECK(outcome(tokens.verify(token(6))) == "accepted");
  CHECK(outcome(tokens.verify(token(6))) == "accepted");
  CHECK(server.requests() == 1);
}

TEST_CASE("keys are fetched with TLS from a server whose certificate is trusted") {
  const key_server server{[](int) { return answer_of(set_with(6)); }, true};
  auto with = eager{};
  with.options.ca_file = std::string{TEST_CERTIFICATES} + "/ca.pem";
  CHECK(outcome_of(outcome_later(jwt_verifier{jwt_keys::url(server.url(), with.options)}, token(6))) == "accepted");

  auto foreign = eager{};
  foreign.options.ca_file = std::string{TEST_CERTIFICATES} + "/foreign_ca.pem";
  CHECK(outcome_of(outcome_later(jwt_verifier{jwt_keys::url(server.url(), foreign.options)}, token(6))) == "no_keys");
  CHECK(foreign.log->lock()->find("certificate") != std::string::npos);
}

TEST_CASE("before the first fetch ends tokens are refused, or wait for it") {
  std::promise<void> release;
  const key_server server{[released = release.get_future().share()](int) {
    released.wait();
    return answer_of(set_with(6));
  }};
  const jwt_verifier tokens{jwt_keys::url(server.url(), eager{}.options)};
  CHECK(outcome(tokens.verify(token(6))) == "no_keys");
  std::vector<std::future<std::string>> waiting;
  for (int i = 0; i < 100; ++i) waiting.push_back(outcome_later(tokens, token(6)));
  release.set_value();
  for (auto& later : waiting) CHECK(outcome_of(std::move(later)) == "accepted");
  CHECK(server.requests() == 1);
}

TEST_CASE("tokens beyond max_waiting_tokens are refused at once") {
  const key_server server{[](int) { return std::string{}; }};
  auto with = eager{};
  with.options.max_waiting_tokens = 1;
  auto tokens = std::make_unique<jwt_verifier>(jwt_keys::url(server.url(), with.options));
  auto first = outcome_later(*tokens, token(6));
  CHECK(outcome_of(outcome_later(*tokens, token(6))) == "no_keys");
  CHECK(first.wait_for(0s) == std::future_status::timeout);
  tokens.reset();  // ends the fetch, though its server never answers
  CHECK(outcome_of(std::move(first)) == "no_keys");
}

TEST_CASE("an unknown key leads to a fetch, so a new key of the provider is found") {
  const key_server server{[](int request) { return answer_of(set_with(request == 1 ? 6 : 7)); }};
  const auto keys = jwt_keys::url(server.url(), eager{}.options);
  REQUIRE(keys.wait(patience));
  const jwt_verifier tokens{keys};
  CHECK(outcome(tokens.verify(token(6))) == "accepted");
  CHECK(outcome_of(outcome_later(tokens, token(7))) == "accepted");
  CHECK(outcome(tokens.verify(token(7))) == "accepted");
  CHECK(outcome(tokens.verify(token(6))) == "unknown_key");  // the provider has withdrawn its key
}

TEST_CASE("an unknown key leads to no fetch within min_interval after the last one") {
  const key_server server{[](int) { return answer_of(set_with(6)); }};
  const auto keys = jwt_keys::url(server.url(), {.min_interval = 1h});
  REQUIRE(keys.wait(patience));
  const jwt_verifier tokens{keys};
  for (int i = 0; i < 10; ++i) {
    CHECK(outcome(tokens.verify(token(7))) == "unknown_key");
    CHECK(outcome_of(outcome_later(tokens, token(7))) == "unknown_key");
  }
  CHECK(server.requests() == 1);
}

TEST_CASE("only a key that does not fit leads to a fetch") {
  const key_server server{[](int) { return answer_of(set_with(6)); }};
  const auto keys = jwt_keys::url(server.url(), eager{}.options);
  REQUIRE(keys.wait(patience));
  const jwt_verifier tokens{keys};
  auto altered = token(6);
  altered[altered.rfind('.') + 3] ^= 1;
  for (const auto& text : {altered, std::string{}, std::string{"a.b.c"}, test::hs256_of(R"({"alg":"none"})", "{}")}) {
    CHECK(outcome_of(outcome_later(tokens, text)) == outcome(tokens.verify(text)));
  }
  CHECK(server.requests() == 1);
}

TEST_CASE("while the provider is down its last keys stay valid, and when it is back new ones are found") {
  auto first = std::make_unique<key_server>([](int) { return answer_of(set_with(6)); });
  const auto port = first->port();
  auto with = eager{};
  const auto keys = jwt_keys::url(first->url(), with.options);
  REQUIRE(keys.wait(patience));
  const jwt_verifier tokens{keys};
  first.reset();
  CHECK(outcome_of(outcome_later(tokens, token(7))) == "unknown_key");  // after a fetch that failed
  CHECK(with.log->lock()->find("could not be fetched") != std::string::npos);
  CHECK(outcome(tokens.verify(token(6))) == "accepted");
  const key_server second{[](int) { return answer_of(set_with(7)); }, false, port};
  CHECK(outcome_of(outcome_later(tokens, token(7))) == "accepted");
}

TEST_CASE("a set that cannot be used does not replace the last one") {
  const key_server server{[](int request) { return answer_of(request == 1 ? set_with(6) : R"({"keys":[]})"); }};
  const auto keys = jwt_keys::url(server.url(), eager{}.options);
  REQUIRE(keys.wait(patience));
  const jwt_verifier tokens{keys};
  CHECK(outcome_of(outcome_later(tokens, token(7))) == "unknown_key");
  CHECK(server.requests() == 2);
  CHECK(outcome(tokens.verify(token(6))) == "accepted");
}

TEST_CASE("keys are fetched again after refresh_interval") {
  std::promise<void> second_request;
  const key_server server{[&](int request) {
    if (request == 2) second_request.set_value();
    return answer_of(set_with(6));
  }};
  const auto keys = jwt_keys::url(server.url(), {.refresh_interval = 1ms});
  CHECK(second_request.get_future().wait_for(patience) == std::future_status::ready);
}

TEST_CASE("after a failure keys are fetched again") {
  const key_server server{
      [](int request) { return request == 1 ? "HTTP/1.1 503 Down\r\n\r\n" : answer_of(set_with(6)); }};
  auto with = eager{};
  with.options.retry_interval = 1ms;
  CHECK(jwt_keys::url(server.url(), with.options).wait(patience));
  CHECK(server.requests() == 2);
}

TEST_CASE("answers other than a set of keys are failures") {
  check_failure("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "404");
  check_failure("HTTP/1.1 204 No Content\r\n\r\n", "204");
  check_failure(answer_of("<html>"), "no JSON");
  check_failure(answer_of(""), "no JSON");
  check_failure(answer_of(set_with(13)), "has secrets");
  check_failure("nonsense\r\n\r\n", "could not be fetched");
  check_failure("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\nConnection: close\r\n\r\n{", "could not be fetched");
}

TEST_CASE("a redirect is not followed") {
  const key_server other{[](int) { return answer_of(set_with(6)); }};
  check_failure("HTTP/1.1 302 Found\r\nLocation: " + other.url() + "\r\nContent-Length: 0\r\n\r\n", "302");
  CHECK(other.requests() == 0);
}

TEST_CASE("an answer has at most max_bytes, and its time") {
  auto small = eager{};
  small.options.max_bytes = 1000;
  check_failure(answer_of(std::string(1001, ' ') + set_with(6)), "more than 1000 bytes", small.options);
  const auto endless = "HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n" + std::string(5'000'000, ' ');
  check_failure(endless, "more than 1000 bytes", small.options);
  auto hasty = eager{};
  hasty.options.timeout = 10ms;
  check_failure("", "imeout", hasty.options);
}

TEST_CASE("the last copy of the keys may end in a callback on the thread that fetches") {
  std::promise<void> release;
  const key_server server{[released = release.get_future().share()](int) {
    released.wait();
    return answer_of(set_with(6));
  }};
  std::promise<std::string> promise;
  auto tokens = std::make_shared<jwt_verifier>(jwt_keys::url(server.url(), eager{}.options));
  auto& verifier = *tokens;
  verifier.verify(token(6), [last = std::move(tokens), &promise](const jwt_result& result) mutable {
    last.reset();
    promise.set_value(outcome(result));
  });
  release.set_value();
  CHECK(outcome_of(promise.get_future()) == "accepted");
}

TEST_CASE("a callback that throws is logged, and others are called") {
  std::promise<void> release;
  const key_server server{[released = release.get_future().share()](int) {
    released.wait();
    return answer_of(set_with(6));
  }};
  const eager with;
  const jwt_verifier tokens{jwt_keys::url(server.url(), with.options)};
  tokens.verify(token(6), [](const jwt_result&) { throw std::runtime_error("thrown by a test"); });
  auto next = outcome_later(tokens, token(6));
  release.set_value();
  CHECK(outcome_of(std::move(next)) == "accepted");
  CHECK(with.log->lock()->find("thrown by a test") != std::string::npos);
}
