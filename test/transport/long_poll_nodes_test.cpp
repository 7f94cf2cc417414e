#include <doctest/doctest.h>

#include <map>
#include <memory>
#include <mutex>
#include <string>

#include <bennu/transport/long_poll_nodes.hpp>

#include "long_poll_server.hpp"

using namespace bennu;
using namespace bennu::testing;
using namespace std::literals;

namespace {

/// Nodes in one process. Messages arrive at once, on the thread that sends them.
class neighbours {
public:
  class node final : public long_poll_nodes {
  public:
    node(neighbours& all, std::string name) : all_(all), name_(std::move(name)) {}
    void start(receiver& to) override {
      const std::lock_guard lock{all_.mutex_};
      all_.up_[name_] = &to;
    }
    const std::string& self() const noexcept override { return name_; }
    bool send(const std::string& to, std::string_view message) override {
      auto* const other = all_.find(to);
      if (other != nullptr) other->on_message(name_, message);
      return other != nullptr;
    }

  private:
    neighbours& all_;
    std::string name_;
  };

  std::shared_ptr<long_poll_nodes> make(const std::string& name) { return std::make_shared<node>(*this, name); }

  /// Removes a node, and reports this to the others.
  void lose(const std::string& name) {
    long_poll_nodes::receiver* other = nullptr;
    {
      const std::lock_guard lock{mutex_};
      up_.erase(name);
      if (!up_.empty()) other = up_.begin()->second;
    }
    if (other != nullptr) other->on_node_down(name);
  }

private:
  long_poll_nodes::receiver* find(const std::string& name) {
    const std::lock_guard lock{mutex_};
    const auto found = up_.find(name);
    return found != up_.end() ? found->second : nullptr;
  }

  std::mutex mutex_;
  std::map<std::string, long_poll_nodes::receiver*> up_;
};

/// On one thread each, so that requests are handled in the order in which they were sent.
struct two_servers {
  ~two_servers() {
    for (const auto* name : {"a", "b"}) all.lose(name);
  }

  neighbours all;
  long_poll_server a{all.make("a"), 1};
  long_poll_server b{all.make("b"), 1};
};

const auto gone = R"({"status":410})"s;
const auto done = R"({"status":200})"s;

json polled(const std::string& token, json::array messages) {
  return {{"status", 200}, {"token", token}, {"messages", std::move(messages)}};
}

}  // namespace

TEST_CASE_FIXTURE(two_servers, "a session is polled and posted to through any node") {
  const auto token = a.get("").token();
  CHECK(token.size() > 32);
  CHECK(b.post(token, "[1]\n[2]").body == done);
  CHECK(b.get("token=" + token).content() == polled(token, {"[1]", "[2]"}));
  CHECK(a.post(token, "[3]").body == done);
  CHECK(b.get("token=" + token).content() == polled(token, {"[3]"}));
  CHECK(b.post(token, "AAH/").body == done);  // a binary message, of no form that could be told as text
  CHECK(a.get("token=" + token).content() == polled(token, {"AAH/"}));
}

TEST_CASE_FIXTURE(two_servers, "a poll waits on the other node for the next message") {
  const auto token = a.get("").token();
  const auto waiting = b.send("GET", "/a/longpoll?token=" + token);
  CHECK(a.post(token, "[1]").body == done);
  CHECK(long_poll_server::receive(waiting).content() == polled(token, {"[1]"}));
}

TEST_CASE_FIXTURE(two_servers,
                  "on the other node, too, a token is valid only for its mount, and a malformed post is refused") {
  const auto token = a.get("").token();
  CHECK(b.request("POST", "/b/longpoll?token=" + token, "", "[1]").body == gone);
  CHECK(b.post(token, "no base64!").status == 400);
  CHECK(b.post("x" + token, "[1]").body == gone);
  CHECK(b.get("token=x" + token).content()["status"] == json{410});
  CHECK(b.post(token, "[1]").body == done);
}

TEST_CASE_FIXTURE(two_servers,
                  "a session that ends is gone for both nodes, and the next begins on the node of the request") {
  const auto token = a.get("").token();
  const auto waiting = b.send("GET", "/a/longpoll?token=" + token);
  CHECK(b.post(token, "[\"close\"]").body == R"({"status":200})");
  const auto next = long_poll_server::receive(waiting).token();
  CHECK(next != token);
  CHECK(b.post(token, "[1]").body == gone);
  CHECK(b.post(next, "[1]").body == done);
  CHECK(a.get("token=" + next).content() == polled(next, {"[1]"}));
}

TEST_CASE_FIXTURE(two_servers, "a node that is lost takes its sessions along") {
  const auto token = a.get("").token();
  const auto waiting = b.send("GET", "/a/longpoll?token=" + token);
  CHECK(b.post(token, "").body == done);  // by now the poll waits
  all.lose("a");
  CHECK(long_poll_server::receive(waiting).content()["status"] == json{410});
  CHECK(b.post(token, "[1]").body == gone);
}

TEST_CASE_FIXTURE(two_servers, "a node that drains sends away the polls of others' sessions, which live on") {
  const auto token = a.get("").token();
  const auto waiting = b.send("GET", "/a/longpoll?token=" + token);
  CHECK(b.post(token, "").body == done);  // by now the poll waits
  b.running->drain();
  CHECK(long_poll_server::receive(waiting).content()["status"] == json{204});
  CHECK(a.post(token, "[1]").body == done);
  CHECK(a.get("token=" + token).content() == polled(token, {"[1]"}));
}
