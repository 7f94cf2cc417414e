#include <doctest/doctest.h>

#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/transport/internal/long_poll_relay.hpp>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

using status = long_poll_status;

/// Nodes in one thread. Their messages wait until the test delivers them.
struct post_office {
  class node final : public long_poll_nodes {
  public:
    node(post_office& of, std::string name) : of_(of), name_(std::move(name)) {}
    void start(receiver& to) override { of_.up[name_] = &to; }
    const std::string& self() const noexcept override { return name_; }
    bool send(const std::string& to, std::string_view message) override {
      if (!of_.up.contains(to)) return false;
      of_.letters.push_back({name_, to, std::string{message}});
      return true;
    }

  private:
    post_office& of_;
    std::string name_;
  };
  struct letter {
    std::string from, to, message;
  };

  void deliver() {
    while (!letters.empty()) {
      const auto next = letters.front();
      letters.pop_front();
      if (const auto to = up.find(next.to); to != up.end()) to->second->on_message(next.from, next.message);
    }
  }
  void lose(const std::string& name) {
    up.erase(name);
    letters.clear();
    for (const auto& [other, to] : up) to->on_node_down(name);
  }

  std::map<std::string, long_poll_nodes::receiver*> up;
  std::deque<letter> letters;
};

/// A question to a session of a node, and its answer.
struct asked_question {
  long_poll_question question;
  long_poll_relay::answer then;
};

struct relay_case {
  static constexpr std::size_t max_bytes = 1'000;

  relay_case() {
    for (const auto& one : {front, home}) one->start();
  }
  std::shared_ptr<long_poll_relay> make(const std::string& name) {
    return std::make_shared<long_poll_relay>(
        std::make_shared<post_office::node>(office, name),
        [this](auto question, auto then) { asked.push_back({std::move(question), std::move(then)}); }, 0ms, max_bytes);
  }

  void ask(long_poll_question question) {
    front->ask(loop, "home", std::move(question), 0ms, [this](auto of, auto body, auto on_taken) {
      answers.emplace_back();
      body.append_to(answers.back());
      last_status = of;
      taken = std::move(on_taken);
    });
  }
  void poll() { ask({"/a", "t.1", std::nullopt}); }
  void post(std::vector<posted_message> messages) { ask({"/a", "t.1", std::move(messages)}); }
  /// Makes the session that was asked last answer. `kept` receives the fate of the answer.
  void answer(status of, const std::string& body, bool wants_to_know = false) {
    REQUIRE(!asked.empty());
    auto then = std::move(asked.back().then);
    asked.pop_back();
    then(of, {body}, wants_to_know ? [this](bool got) { kept = got; } : std::function<void(bool)>{});
    office.deliver();
  }
  /// Runs the timers that are due: here, all.
  void let_time_pass() {
    loop.post([this] { loop.stop(); });
    loop.run(nullptr);
  }

  event_loop loop{0};
  event_loop::scope current{loop};
  post_office office;
  std::vector<asked_question> asked;
  std::vector<std::string> answers;
  std::optional<status> last_status;
  std::function<void(bool)> taken;
  std::optional<bool> kept;
  std::shared_ptr<long_poll_relay> front = make("front"), home = make("home");
};

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(relay_case, "a token names its node, unless that is this one") {
  const auto token = home->token_of("secret");
  CHECK(token.starts_with("secret."));
  CHECK(front->node_of(token) == "home");
  CHECK_FALSE(home->node_of(token));
  CHECK_FALSE(front->node_of("secret"));
  CHECK_FALSE(front->node_of("secret.!"));
  const auto odd = make("a node/with:odd+name");
  CHECK(front->node_of(odd->token_of("s")) == "a node/with:odd+name");
  CHECK(odd->token_of("s").find_first_of("/+ :=") == std::string::npos);
}

TEST_CASE_FIXTURE(relay_case, "a poll goes to the session's node, and the answer comes back") {
  poll();
  CHECK(answers.empty());
  office.deliver();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].question.path == "/a");
  CHECK(asked[0].question.token == "t.1");
  CHECK_FALSE(asked[0].question.post);
  answer(status::no_content, "nothing");
  CHECK(answers == texts{"nothing"});
  CHECK(last_status == status::no_content);
  CHECK_FALSE(taken);
  let_time_pass();
  CHECK(answers.size() == 1);
}

TEST_CASE_FIXTURE(relay_case, "a post carries its messages, with any bytes in them") {
  const std::vector<posted_message> messages{
      {message_kind::text, "[\"é\n\"]"}, {message_kind::binary, std::string("\0\xFF", 2)}, {message_kind::text, ""}};
  post(messages);
  office.deliver();
  REQUIRE(asked.size() == 1);
  CHECK(asked[0].question.post == messages);
  answer(status::ok, "done");
  CHECK(answers == texts{"done"});
  post({});
  office.deliver();
  CHECK(asked.at(0).question.post == std::vector<posted_message>{});
}

TEST_CASE_FIXTURE(relay_case, "the session is told if the client received the answer") {
  for (const bool got : {true, false}) {
    poll();
    office.deliver();
    answer(status::ok, "news", true);
    REQUIRE(taken);
    CHECK_FALSE(kept);
    taken(got);
    office.deliver();
    CHECK(kept == got);
    kept.reset();
  }
}

TEST_CASE_FIXTURE(relay_case,
                  "where the word that the client got an answer is lost, the session does not wait for ever") {
  poll();
  office.deliver();
  answer(status::ok, "news", true);
  let_time_pass();
  CHECK(kept == false);
  kept.reset();
  taken(true);  // late
  office.deliver();
  CHECK_FALSE(kept);
}

TEST_CASE_FIXTURE(relay_case, "a node that sends nothing: the client has to ask again") {
  poll();
  let_time_pass();
  CHECK(last_status == status::no_content);
  CHECK(answers == texts{R"({"status":204,"token":"t.1","messages":[]})"});
  office.deliver();
  answer(status::ok, "late", true);
  CHECK(kept == false);
  CHECK(answers.size() == 1);
}

TEST_CASE_FIXTURE(relay_case, "a node that sends nothing: posted messages count as not handled in time") {
  post({{message_kind::text, "[1]"}});
  let_time_pass();
  CHECK(last_status == status::timed_out);
  CHECK(answers == texts{R"({"status":408})"});
}

TEST_CASE_FIXTURE(relay_case, "a session of a node that is not up is gone") {
  office.lose("home");
  poll();
  CHECK(last_status == status::gone);
  post({});
  CHECK(answers == texts{R"({"status":410,"token":"t.1","messages":[]})", R"({"status":410})"});
}

TEST_CASE_FIXTURE(relay_case, "if the session's node is lost, waiting requests are answered that the session is gone") {
  poll();
  post({});
  office.deliver();
  office.lose("home");
  CHECK(answers.size() == 2);
  CHECK(last_status == status::gone);
}

TEST_CASE_FIXTURE(relay_case, "if the client's node is lost, the answer counts as not delivered") {
  poll();
  office.deliver();
  answer(status::ok, "news", true);
  office.lose("front");
  CHECK(kept == false);
}

TEST_CASE_FIXTURE(relay_case, "an answer to a node that is lost was not got") {
  poll();
  office.deliver();
  office.lose("front");
  answer(status::ok, "news", true);
  CHECK(kept == false);
}

TEST_CASE_FIXTURE(relay_case, "a node that drains sends its polls away, and no posts") {
  poll();
  post({});
  office.deliver();
  front->end_polls();
  CHECK(answers == texts{R"({"status":204,"token":"t.1","messages":[]})"});
  poll();
  CHECK(answers.size() == 2);
  CHECK(last_status == status::no_content);
  answer(status::ok, "done");  // to the post
  CHECK(answers.back() == "done");
  answer(status::ok, "news", true);  // to the first poll, whose client is gone
  CHECK(kept == false);
}

TEST_CASE_FIXTURE(relay_case, "posts on their way to a node do not exceed the limit") {
  const std::vector<posted_message> large{{message_kind::text, std::string(max_bytes, 'x')}};
  post(large);
  CHECK(answers.empty());
  post(large);
  CHECK(last_status == status::timed_out);
  CHECK(answers == texts{R"({"status":408})"});
  poll();  // takes no room
  office.deliver();
  REQUIRE(asked.size() == 2);
  asked.pop_back();
  answer(status::ok, "done");
  CHECK(answers.back() == "done");
  post(large);
  office.deliver();
  CHECK(asked.size() == 1);
}

TEST_CASE_FIXTURE(relay_case,
                  "of answers, no more is on its way to a node than may be: a poll that is too much hears nothing") {
  for (int i = 0; i < 2; ++i) poll();
  office.deliver();
  answer(status::ok, std::string(max_bytes, 'x'), true);
  const auto first = std::exchange(taken, {});
  CHECK_FALSE(kept);
  answer(status::ok, "news", true);
  CHECK(kept == false);
  CHECK(last_status == status::no_content);
  CHECK(answers.back() == R"({"status":204,"token":"t.1","messages":[]})");
  first(true);
  office.deliver();
  CHECK(kept == true);
  poll();
  office.deliver();
  answer(status::ok, "news", true);
  CHECK(answers.back() == "news");
}

TEST_CASE_FIXTURE(relay_case, "malformed messages do no harm") {
  for (const auto& message : {std::string{}, std::string{"p"}, std::string(9, 'p'), std::string(13, 'm'),
                              std::string(9, 'a'), std::string(10, 'a'), std::string(9, 't'), std::string(20, 'x')}) {
    office.up.at("home")->on_message("front", message);
    office.up.at("front")->on_message("home", message);
  }
  CHECK(asked.empty());
  CHECK(answers.empty());
}
