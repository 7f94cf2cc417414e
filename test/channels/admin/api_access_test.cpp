#include <bennu/channels/admin/internal/api_access.hpp>

#include <chrono>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

class fixture {
public:
  explicit fixture(std::size_t rate = 2) {
    bennu::limits all;
    all.max_wrong_key_rate = rate;
    limits.set(all);
  }

  /// The status with which a request is refused; 0 if it is not.
  unsigned ask(const std::string& authorization, api_scope scope = api_scope::read) {
    http_request request;
    request.method = "GET";
    request.peer_address = "192.0.2.1";
    if (!authorization.empty()) request.headers.add("Authorization", authorization);
    auto verdict = access.check(request, scope);
    if (std::holds_alternative<std::string_view>(verdict)) return 0;
    last = std::move(std::get<api_access::refusal>(verdict));
    return last.answer.status;
  }

  replaceable<bennu::limits> limits{bennu::limits{}};
  std::vector<std::string> lines;
  metrics counts{{}};
  api_access::clock::time_point now{1h};
  api_access access{api_keys::parse("a hidden read\n", "keys"), limits,
                    logger{log_level::info, [this](auto, auto line) { lines.emplace_back(line); }}, counts,
                    [this] { return now; }};
  api_access::refusal last;
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "a request needs the secret of a key that has the scope") {
  CHECK(ask("Bearer hidden") == 0);
  CHECK(ask("bEARER   hidden") == 0);
  CHECK(counts.value(metric::api_keys_refused) == 0);
  CHECK(ask("Bearer hidden", api_scope::publish) == 403);
  CHECK(last.answer.headers.find("www-authenticate").value().find("scope=\"publish\"") != std::string_view::npos);
  CHECK(ask("") == 401);
  for (const auto* other : {"Bearer", "Bearer ", "Bearer  ", "Basic hidden", "hidden", "Bearerhidden"}) {
    CAPTURE(other);
    CHECK(ask(other) == 401);
  }
  CHECK(counts.value(metric::api_keys_refused) == 8);
}

TEST_CASE_FIXTURE(fixture,
                  "beyond the rate, a wrong secret is 429 and slow, while a good one and a missing one are not") {
  CHECK(ask("Bearer x") == 401);
  CHECK(ask("Bearer x") == 401);
  CHECK(last.delay == 0ms);
  CHECK(ask("Bearer x") == 429);
  CHECK(last.delay == 1s);
  CHECK(last.answer.headers.find("retry-after") == "2");
  CHECK(ask("Bearer hidden") == 0);
  CHECK(ask("") == 401);
  now += 500ms;
  CHECK(ask("Bearer x") == 401);
  CHECK(ask("Bearer x") == 429);
}

TEST_CASE("a rate of 0 removes the limit") {
  fixture f{0};
  for (int i = 0; i < 100; ++i) CHECK(f.ask("Bearer x") == 401);
}

TEST_CASE_FIXTURE(fixture, "other keys count from now on, and no line of the log has a secret") {
  access.use(api_keys::parse("b other read\n", "keys"));
  CHECK(ask("Bearer hidden") == 401);
  CHECK(ask("Bearer other") == 0);
  CHECK(ask("Bearer other", api_scope::manage) == 403);
  CHECK(lines.size() == 2);
  for (const auto& line : lines) {
    CHECK(line.find("hidden") == std::string::npos);
    CHECK(line.find("other") == std::string::npos);
  }
}
