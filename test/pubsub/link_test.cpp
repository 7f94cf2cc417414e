#include <bennu/pubsub/internal/link.hpp>

#include <algorithm>
#include <chrono>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/pubsub/topic_hash.hpp>

#include <doctest/doctest.h>

using namespace bennu;

namespace {

using lines = std::vector<std::string>;

topic_bucket bucket(std::string_view topic) { return bucket_of(topic_hash(topic)); }

/// A node with one link, which records the calls of its host and its carrier, and its log.
struct one_end final : adapter::host, bennu::link::carrier {
  explicit one_end(std::string name) : self(std::move(name)) { gate.open(*this); }

  void open(const node_id& peer) {
    line = std::make_unique<bennu::link>(with, peer, "", "at the other end", [this] { ++woken; });
  }
  void set_interest(std::string_view topic) {
    interest.insert(bucket(topic));
    others.on_interest(bucket(topic));
  }
  void broadcast(std::string_view topic, std::string text) {
    others.broadcast(bucket(topic), std::make_shared<const std::string>(std::move(text)));
  }
  node_info info() const { return others.nodes().front(); }
  lines take() { return std::exchange(told, {}); }

  void on_node_up(const node_id& node) override { told.push_back("up " + node.name); }
  void on_node_down(const node_id& node) override { told.push_back("down " + node.name); }
  void on_message(const node_id& from, std::string_view message) override {
    told.push_back(from.name + ": " + std::string{message});
  }
  void on_loss(const node_id& from) override { told.push_back("loss " + from.name); }
  bool is_interested(topic_bucket where) const noexcept override { return interest.contains(where); }
  void on_link_up(const bennu::link&) override { told.emplace_back("link up"); }
  void on_known_node(const known_node& node) override { told.push_back("knows " + node.name); }

  std::string self;
  limits most;
  lines log_lines;
  logger log{log_level::info, [this](log_level, std::string_view text) { log_lines.emplace_back(text); }};
  std::set<topic_bucket> interest;
  peers others{most, log, [this](topic_bucket where) { return interest.contains(where); }};
  host_gate gate;
  bennu::link::shared with{others, gate, log, *this};
  lines told;
  int woken = 0;
  std::unique_ptr<bennu::link> line;  ///< ends first: it tells the others
};

/// Two nodes whose link is open.
struct two_ends {
  two_ends() {
    a.open({"b", 2});
    b.open({"a", 1});
  }
  /// Carries records in both directions until none wait.
  void carry() {
    for (bool moved = true; moved;) moved = carry(a, b) | carry(b, a);
  }
  static bool carry(one_end& from, one_end& to) {
    std::string batch;
    if (!from.line->take(batch)) return false;
    last = to.line->read(batch);
    return true;
  }

  static inline bennu::link::reading last{};
  one_end a{"a"};
  one_end b{"b"};
};

}  // namespace

TEST_CASE_FIXTURE(two_ends, "a link is up at an end when the other one has sent its interest") {
  CHECK(a.line->at() == bennu::link::stage::opening);
  REQUIRE(carry(a, b));
  CHECK(b.take() == lines{"up a", "link up"});
  CHECK(a.take().empty());
  carry();
  CHECK(a.take() == lines{"up b", "link up"});
  CHECK(a.line->at() == bennu::link::stage::up);
  CHECK(a.info().state == node_state::up);
  CHECK(a.log_lines == lines{"node b is up, at the other end"});
}

TEST_CASE_FIXTURE(two_ends, "messages go to the host, are counted, and are confirmed") {
  b.set_interest("t");
  carry();
  b.take();
  a.broadcast("t", "1");
  a.broadcast("t", "22");
  CHECK(a.woken > 0);
  carry();
  CHECK(b.take() == lines{"a: 1", "a: 22"});
  CHECK(b.info().received_messages == 2);
  CHECK(b.info().received_bytes == 3);
  a.line->close("test");
  CHECK(a.info().unconfirmed_messages == 0);
}

TEST_CASE_FIXTURE(two_ends, "a node is told that messages to it were dropped, also if nothing follows") {
  a.most.max_node_outbox_messages = 2;
  b.set_interest("t");
  carry();
  b.take();
  for (const auto* text : {"1", "2", "3"}) a.broadcast("t", text);
  carry();
  auto told = b.take();
  std::sort(told.begin(), told.end());
  CHECK(told == lines{"a: 1", "a: 2", "loss a"});
  carry();
  CHECK(b.take().empty());
  a.most.max_node_lag = std::chrono::milliseconds{0};
  a.broadcast("t", "4");
  a.others.tick(peers::clock::now() + std::chrono::seconds{1});
  carry();
  CHECK(b.take() == lines{"loss a"});
}

TEST_CASE_FIXTURE(two_ends, "a message before the link is up reaches no host") {
  std::string batch;
  append(batch, record_message{"early"});
  CHECK(b.line->read(batch) == bennu::link::reading::complete);
  CHECK(b.take().empty());
}

TEST_CASE_FIXTURE(two_ends, "a carrier is told of the nodes that the other one knows") {
  carry();
  a.take();
  b.others.announce_node("a", {"c", {"host", 1}});
  carry();
  CHECK(a.take() == lines{"knows c"});
}

TEST_CASE_FIXTURE(two_ends, "a malformed batch is reported") {
  carry();
  CHECK(a.line->read("nonsense") == bennu::link::reading::malformed);
}

TEST_CASE_FIXTURE(two_ends, "closing an up link tells the host once, and counts the lost messages") {
  b.set_interest("t");
  carry();
  a.take();
  a.broadcast("t", "sent");
  std::string batch;
  REQUIRE(a.line->take(batch));
  a.broadcast("t", "waits");
  a.line->close("the cable");
  a.line->close("again");
  CHECK(a.take() == lines{"down b"});
  CHECK(a.log_lines.back() == "node b is down: the cable");
  CHECK(a.info().unconfirmed_messages == 1);
  CHECK(a.info().lost_messages == 1);
  CHECK(a.info().state == node_state::connecting);
  CHECK_FALSE(a.line->take(batch));
}

TEST_CASE_FIXTURE(two_ends, "closing a link that never came up tells the host nothing") {
  a.line->close("refused");
  CHECK(a.take().empty());
  CHECK(a.log_lines.empty());
}

TEST_CASE_FIXTURE(two_ends, "a node that leaves first sends the waiting messages, and its own host is not called") {
  b.set_interest("t");
  carry();
  a.take();
  b.take();
  a.broadcast("t", "last");
  a.line->leave();
  carry();
  CHECK(last == bennu::link::reading::left);
  CHECK(b.take() == lines{"a: last"});
  CHECK(a.line->at() == bennu::link::stage::closed);
  CHECK(a.take().empty());
}

TEST_CASE_FIXTURE(two_ends, "a link that is not up is closed when the node leaves") {
  a.line->leave();
  CHECK(a.line->at() == bennu::link::stage::closed);
}
