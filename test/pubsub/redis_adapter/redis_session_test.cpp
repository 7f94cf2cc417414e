#include <bennu/pubsub/redis_adapter/internal/redis_session.hpp>

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include <bennu/runtime/guarded.hpp>

#include <doctest/doctest.h>
#include <poll.h>

#include "fake_redis.hpp"

using namespace std::chrono_literals;
using bennu::event_loop;
using bennu::redis_session;
using command = fake_redis::command;

namespace {

const command facts_of_master{"server", "redis", "mode", "standalone", "role", "master"};
const command facts_of_replica{"server", "redis", "mode", "standalone", "role", "replica"};
const command facts_of_cluster{"server", "redis", "mode", "cluster", "role", "master"};

/// A session of the node "a" on a thread of its own. Its events are kept as lines.
class running_session final : private redis_session::user {
public:
  explicit running_session(const std::string& url, std::chrono::milliseconds timeout = 10s)
      : logger_(bennu::log_level::warning,
                [this](bennu::log_level, std::string_view line) { note("log: " + std::string{line}); }) {
    limits_.node_timeout = timeout;
    limits_.max_redis_message_bytes = std::size_t{64} * 1024 * 1024;
    redis_session::user& me = *this;
    session_ = std::make_unique<redis_session>(loop_, bennu::parse_redis_url(url), "a", limits_, logger_, me);
    loop_.post([this] { session_->start(); });
    thread_ = std::thread{[this] { loop_.run(nullptr); }};
  }
  ~running_session() {
    loop_.post([this] {
      session_->stop();
      loop_.stop();
    });
    thread_.join();
  }
  running_session(const running_session&) = delete;
  running_session& operator=(const running_session&) = delete;

  void run(const std::function<void(redis_session&)>& act) {
    std::promise<void> done;
    loop_.post([&] {
      act(*session_);
      done.set_value();
    });
    done.get_future().wait();
  }

  /// Waits for the next event.
  std::string next() {
    auto events = events_.lock();
    if (!events.wait_for(changed_, 10s, [](const auto& all) { return !all.empty(); })) return "nothing";
    auto first = std::move(events->front());
    events->pop_front();
    return first;
  }

private:
  void note(std::string line) {
    events_.lock()->push_back(std::move(line));
    changed_.notify_all();
  }
  void on_connected() override { note("connected"); }
  void on_disconnected() override { note("disconnected"); }
  void on_message(std::string_view message) override { note("message " + std::string{message}); }
  void on_no_receiver(const std::string& node) override { note("no receiver at " + node); }
  void on_drained() override { note("drained"); }

  bennu::limits limits_;
  bennu::logger logger_;
  bennu::guarded<std::deque<std::string>> events_;
  std::condition_variable changed_;
  event_loop loop_{0};
  std::unique_ptr<redis_session> session_;
  std::thread thread_;
};

/// The server's ends of a session's connections.
struct connections {
  std::map<std::string, fake_redis::client> subscribers;  ///< by the channel
  std::vector<fake_redis::client> publishers;
};

/// Takes a session's four connections, and answers the first command of each.
connections welcome(fake_redis& server, const command& facts) {
  connections made;
  for (int i = 0; i < 4; ++i) {
    auto one = server.accept();
    const auto first = one.next();
    if (first.front() == "SUBSCRIBE") {
      one.reply("*3\r\n$9\r\nsubscribe\r\n$" + std::to_string(first[1].size()) + "\r\n" + first[1] + "\r\n:1\r\n");
      made.subscribers.emplace(first[1], std::move(one));
    } else {
      REQUIRE(first == command{"HELLO", "2"});
      one.reply(facts);
      made.publishers.push_back(std::move(one));
    }
  }
  return made;
}

/// The publisher that a message comes on, which is not yet known to be the one for all or for one.
fake_redis::client& publisher_of(connections& all, running_session& session, bool to_all) {
  session.run([&](redis_session& s) { to_all ? s.send_to_all("who is it") : s.send_to("b", "who is it"); });
  const command expected{"PUBLISH", to_all ? "bennu:0:all" : "bennu:0:node:b", "who is it"};
  for (auto& one : all.publishers) {
    pollfd ready{one.descriptor(), POLLIN, 0};
    if (poll(&ready, 1, 500) == 1) {
      REQUIRE(one.next() == expected);
      one.reply(":1\r\n");
      return one;
    }
  }
  throw std::runtime_error("nothing was published");
}

}  // namespace

TEST_CASE("a session is connected once it is subscribed to both channels and may publish") {
  fake_redis server;
  running_session session{"redis://" + server.host()};
  auto ends = welcome(server, facts_of_master);
  CHECK(session.next() == "connected");
  CHECK(ends.subscribers.contains("bennu:0:all"));
  CHECK(ends.subscribers.contains("bennu:0:node:a"));
  ends.subscribers.at("bennu:0:node:a").reply(command{"message", "bennu:0:node:a", "for one"});
  CHECK(session.next() == "message for one");
  ends.subscribers.at("bennu:0:all").reply(command{"message", "bennu:0:all", "for all"});
  CHECK(session.next() == "message for all");
}

TEST_CASE("a message for all nodes does not wait behind messages for one node") {
  fake_redis server;
  running_session session{"redis://" + server.host()};
  auto ends = welcome(server, facts_of_master);
  REQUIRE(session.next() == "connected");
  auto& for_all = publisher_of(ends, session, true);
  const std::string large(std::size_t{32} * 1024 * 1024, 'x');  // more than the kernel takes
  session.run([&](redis_session& s) {
    s.send_to("b", large);
    CHECK(s.is_full());
    s.send_to_all("alive");
  });
  CHECK(for_all.next() == command{"PUBLISH", "bennu:0:all", "alive"});
}

TEST_CASE("a server that is alone reports that a message had no receiver") {
  fake_redis server;
  running_session session{"redis://" + server.host()};
  auto ends = welcome(server, facts_of_master);
  REQUIRE(session.next() == "connected");
  auto& to_one = publisher_of(ends, session, false);
  session.run([](redis_session& s) { s.send_to("b", "hello"); });
  REQUIRE(to_one.next() == command{"PUBLISH", "bennu:0:node:b", "hello"});
  to_one.reply(":0\r\n");
  CHECK(session.next() == "no receiver at b");
}

TEST_CASE("a member of a Redis Cluster counts its own receivers only, and is not believed that there are none") {
  fake_redis server;
  running_session session{"redis://" + server.host()};
  auto ends = welcome(server, facts_of_cluster);
  REQUIRE(session.next() == "connected");
  auto& to_one = publisher_of(ends, session, false);
  session.run([](redis_session& s) { s.send_to("b", "hello"); });
  REQUIRE(to_one.next() == command{"PUBLISH", "bennu:0:node:b", "hello"});
  to_one.reply(":0\r\n");
  for (bool is_idle = false; !is_idle;) session.run([&](redis_session& s) { is_idle = s.is_idle(); });
  ends.subscribers.at("bennu:0:all").reply(command{"message", "bennu:0:all", "end"});
  CHECK(session.next() == "message end");
}

TEST_CASE("a user without permission for HELLO may still publish") {
  fake_redis server;
  running_session session{"redis://" + server.host()};
  std::vector<fake_redis::client> kept;
  for (int i = 0; i < 4; ++i) {
    auto one = server.accept();
    const auto first = one.next();
    if (first.front() == "HELLO") one.reply("-NOPERM this user has no permissions to run the 'hello' command\r\n");
    if (first.front() == "SUBSCRIBE") one.reply("*3\r\n$9\r\nsubscribe\r\n$1\r\nx\r\n:1\r\n");
    kept.push_back(std::move(one));
  }
  CHECK(session.next() == "connected");
}

TEST_CASE("of several addresses a session takes the first that is not a replica") {
  fake_redis replica;
  fake_redis master;
  running_session session{"redis://" + replica.host() + ',' + master.host()};
  auto refused = welcome(replica, facts_of_replica);
  CHECK(session.next() == "log: no connection to Redis at " + replica.host() +
                              ": it is a replica: messages published there reach no other server");
  auto taken = welcome(master, facts_of_master);
  CHECK(session.next() == "connected");
}

TEST_CASE("a session first sends its name and password, and reports a refusal of the server") {
  fake_redis server;
  running_session session{"redis://chat:secret@" + server.host()};
  auto first = server.accept();
  CHECK(first.next() == command{"AUTH", "chat", "secret"});
  first.reply("-WRONGPASS invalid username-password pair or user is disabled.\r\n");
  CHECK(session.next() == "log: no connection to Redis at " + server.host() +
                              ": it says WRONGPASS invalid username-password pair or user is disabled.");
}

TEST_CASE("a connection that the server closes ends the others, and the session connects again") {
  fake_redis server;
  running_session session{"redis://" + server.host()};
  {
    auto ends = welcome(server, facts_of_master);
    REQUIRE(session.next() == "connected");
    ends.publishers.pop_back();
    CHECK(session.next() == "log: no connection to Redis at " + server.host() + ": it closed the connection");
    CHECK(session.next() == "disconnected");
    ends.publishers.front().await_end();
    for (auto& [channel, one] : ends.subscribers) one.await_end();
  }
  auto ends = welcome(server, facts_of_master);
  CHECK(session.next() == "connected");
}

TEST_CASE("a server that accepts connections and does not answer is given up after the timeout") {
  fake_redis server;
  running_session session{"redis://" + server.host(), 50ms};
  CHECK(session.next() == "log: no connection to Redis at " + server.host() + ": it does not answer");
}
