#include <bennu/pubsub/internal/peers.hpp>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <bennu/pubsub/topic_hash.hpp>

#include <doctest/doctest.h>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

using lines = std::vector<std::string>;

topic_bucket bucket(std::string_view topic) { return bucket_of(topic_hash(topic)); }

peers::bytes text(std::string what) { return std::make_shared<const std::string>(std::move(what)); }

/// The receiving end of a link: it reads the records that the other node sends.
struct end final : batch_reader {
  void on(const record_message& what) override {
    seen.emplace_back(what.bytes);
    bytes += what.bytes.size();
    ++messages;
  }
  void on(const record_wants& what) override {
    wants.assign(what.bits);
    change = what.number;
    ++maps;
  }
  void on(const record_changes& what) override {
    for (std::size_t i = 0; i < what.changes.size(); i += 4) {
      std::uint32_t one = 0;
      what.changes.copy(reinterpret_cast<char*>(&one), 4, i);
      wants.set(static_cast<topic_bucket>(one / 2), one % 2 != 0);
    }
    change = what.number;
  }
  void on(const record_confirmed& what) override { confirmed = what; }
  void on(const record_node& what) override { seen.push_back("node " + what.node.name); }
  void on(const record_leave&) override { seen.emplace_back("leave"); }
  lines take() { return std::exchange(seen, {}); }

  lines seen;
  interest_map wants;
  std::uint64_t bytes = 0;
  std::uint64_t messages = 0;
  std::uint64_t change = 0;
  record_confirmed confirmed{};
  int maps = 0;
};

struct peers_case {
  peers_case() {
    limits.max_node_window_bytes = 10;
    limits.max_node_outbox_bytes = 100;
    limits.max_node_outbox_messages = 5;
    limits.max_nodes = 3;
    others.count_with(counts);
  }

  /// A node that is up, and wants the topic "t".
  end& join(const std::string& name) {
    auto& e = ends[name];
    e = std::make_unique<end>();
    others.open({name, 1}, name + ":1", [this, name] { woken.insert(name); });
    flush(name);
    interest_map wanted;
    wanted.set(bucket("t"), true);
    others.on(name, record_wants{0, wanted.bits()});
    others.up(name);
    flush(name);
    woken.clear();
    return *e;
  }
  /// Delivers to the node all records that can be taken.
  void flush(const std::string& name) {
    for (std::string batch; others.take(name, batch); batch.clear()) CHECK(ends.at(name)->read(batch));
  }
  /// The node confirms all it got.
  void confirm(const std::string& name) {
    const auto& e = *ends.at(name);
    others.on(name, record_confirmed{e.bytes, e.messages, e.change});
  }
  node_info info(const std::string& name) const {
    for (const auto& each : others.nodes()) {
      if (each.id.name == name) return each;
    }
    return {};
  }
  void want(std::string_view topic, bool wanted = true) {
    if (wanted) {
      wants.insert(bucket(topic));
    } else {
      wants.erase(bucket(topic));
    }
    others.on_interest(bucket(topic));
  }

  bennu::limits limits;
  std::set<topic_bucket> wants;
  std::shared_ptr<metrics> counts = std::make_shared<metrics>(std::vector<event_loop*>{});
  lines log;
  peers others{limits, logger{log_level::warning, [this](log_level, std::string_view line) { log.emplace_back(line); }},
               [this](topic_bucket where) { return wants.contains(where); }};
  std::map<std::string, std::unique_ptr<end>> ends;
  std::set<std::string> woken;
  peers::clock::time_point now = peers::clock::now();
};

}  // namespace

// -- messages ---------------------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(peers_case,
                  "what is sent to a node is taken in order, as one batch, after its carrier was woken once") {
  auto& a = join("a");
  others.broadcast(bucket("t"), text("1"));
  others.send_to_all(text("2"));
  CHECK(others.send({"a", 1}, text("3")));
  CHECK(woken == std::set<std::string>{"a"});
  std::string batch;
  CHECK(others.take("a", batch));
  CHECK(a.read(batch));
  CHECK(a.take() == lines{"1", "2", "3"});
  batch.clear();
  CHECK_FALSE(others.take("a", batch));
}

TEST_CASE_FIXTURE(peers_case,
                  "a new link takes few bytes if this node wants little, and the whole map if it wants much") {
  const auto first_batch = [&](const std::string& name) {
    ends[name] = std::make_unique<end>();
    others.open({name, 1}, name + ":1", [] {});
    std::string batch;
    CHECK(others.take(name, batch));
    CHECK(ends.at(name)->read(batch));
    return batch.size();
  };
  for (int i = 0; i < 100; ++i) want("topic " + std::to_string(i));
  CHECK(first_batch("a") < 1'000);
  for (int i = 0; i < 40'000; ++i) want("topic " + std::to_string(i));
  CHECK(first_batch("b") > interest_map::bytes);
  for (const auto* name : {"a", "b"}) {
    CHECK(ends.at(name)->wants.has(bucket("topic 99")));
    CHECK_FALSE(ends.at(name)->wants.has(bucket("no such topic")));
  }
  CHECK(ends.at("b")->wants.has(bucket("topic 39999")));
  CHECK_FALSE(ends.at("a")->wants.has(bucket("topic 39999")));
}

TEST_CASE_FIXTURE(peers_case, "a broadcast goes to the nodes that want its bucket") {
  auto& a = join("a");
  auto& b = join("b");
  CHECK(others.is_wanted(bucket("t")));
  CHECK_FALSE(others.is_wanted(bucket("u")));
  others.on("b", record_wants{0, ""});
  others.broadcast(bucket("t"), text("x"));
  others.broadcast(bucket("u"), text("y"));
  flush("a");
  flush("b");
  CHECK(a.take() == lines{"x"});
  CHECK(b.take().empty());
}

TEST_CASE_FIXTURE(peers_case,
                  "how late a node hears this one is seen: bytes that are not confirmed, and the age of the oldest") {
  join("a");
  others.tick(now);
  others.broadcast(bucket("t"), text("12345"));
  flush("a");
  others.tick(now + 1s);
  others.broadcast(bucket("t"), text("67"));
  flush("a");
  CHECK(info("a").unconfirmed_bytes == 7);
  CHECK(info("a").lag == 1s);
  others.on("a", record_confirmed{5, 1, 0});
  CHECK(info("a").unconfirmed_bytes == 2);
  CHECK(info("a").lag == 0s);
  others.tick(now + 4s);
  CHECK(info("a").lag == 3s);
  confirm("a");
  CHECK(info("a").unconfirmed_bytes == 0);
  CHECK(info("a").lag == 0s);
}

TEST_CASE_FIXTURE(peers_case,
                  "a message that has waited for too long is dropped, counted and logged; a younger one is kept") {
  limits.max_node_lag = 10s;
  auto& a = join("a");
  others.tick(now);
  others.broadcast(bucket("t"), text("fills the window"));
  flush("a");
  others.broadcast(bucket("t"), text("old"));
  others.tick(now + 5s);
  others.broadcast(bucket("t"), text("young"));
  others.tick(now + 10s);
  CHECK(info("a").lost_messages == 0);
  others.tick(now + 11s);
  CHECK(info("a").lost_messages == 1);
  CHECK(info("a").waiting_messages == 1);
  CHECK(log == lines{"1 messages for node a are dropped: they have waited for longer than 10000 ms"});
  confirm("a");
  flush("a");
  CHECK(a.take() == lines{"fills the window", "young"});
}

TEST_CASE_FIXTURE(peers_case, "a slow link gets a small window, and a fast one all of it") {
  constexpr std::size_t kib = 1024;
  limits.max_node_window_bytes = 1024 * kib;
  limits.max_node_outbox_bytes = 100'000 * kib;
  limits.max_node_outbox_messages = 100'000;
  join("a");
  others.tick(now);
  const auto fill = [&] {
    for (int i = 0; i < 40; ++i) others.broadcast(bucket("t"), text(std::string(64 * kib, 'x')));
    flush("a");
    return info("a").unconfirmed_bytes / kib;
  };
  CHECK(fill() <= 512);
  for (int i = 0; i < 5; ++i) {
    confirm("a");
    fill();
  }
  CHECK(info("a").unconfirmed_bytes / kib >= 1024);
  for (int i = 0; i < 5; ++i) {
    now += 5s;
    others.tick(now);
    confirm("a");
    fill();
  }
  CHECK(info("a").unconfirmed_bytes / kib <= 512);
}

TEST_CASE_FIXTURE(peers_case, "nothing is sent to a node that is not up, or to another incarnation of it") {
  others.open({"a", 1}, "", [] {});
  CHECK_FALSE(others.send({"a", 0}, text("x")));
  join("b");
  CHECK_FALSE(others.send({"b", 2}, text("x")));
  CHECK_FALSE(others.send({"c", 0}, text("x")));
}

TEST_CASE_FIXTURE(peers_case,
                  "what a node does not confirm fills its window; then the rest waits, and goes on with a word") {
  auto& a = join("a");
  for (const auto* what : {"12345", "67890", "next"}) others.send_to_all(text(what));
  flush("a");
  CHECK(a.take() == lines{"12345", "67890"});
  woken.clear();
  others.on("a", record_confirmed{5, 1, 0});
  CHECK(woken.contains("a"));
  flush("a");
  CHECK(a.take() == lines{"next"});
}

TEST_CASE_FIXTURE(peers_case, "messages that do not fit into the outbox are dropped and counted, for that node alone") {
  join("a");
  auto& b = join("b");
  for (int i = 0; i < 7; ++i) {
    others.send_to_all(text("0123456789"));  // the first fills the window
    flush("b");
    confirm("b");
  }
  flush("a");
  CHECK(info("a").lost_messages == 2);
  CHECK(info("b").lost_messages == 0);
  CHECK(b.take().size() == 7);
  limits.max_node_outbox_bytes = 45;
  others.send_to_all(text("0123456789"));
  CHECK(info("a").lost_messages == 3);
}

TEST_CASE_FIXTURE(peers_case, "a message that could never be sent is logged; one that meets a full outbox is not") {
  join("a");
  others.send_to_all(text(std::string(100, 'x')));
  others.send_to_all(text("0123456789"));
  others.send_to_all(text("0123456789"));
  CHECK(info("a").lost_messages == 2);
  CHECK(log.empty());
  others.send({"a", 0}, text(std::string(101, 'x')));
  CHECK(info("a").lost_messages == 3);
  CHECK(log == lines{"a message of 101 bytes for node a is dropped: one may have 100"});
}

TEST_CASE_FIXTURE(peers_case, "messages that wait for a lost node are lost and counted; the next link begins anew") {
  join("a");
  others.send_to_all(text("0123456789"));
  flush("a");
  others.send_to_all(text("waits"));
  others.close("a");
  CHECK(info("a").state == node_state::connecting);
  CHECK(info("a").lost_messages == 1);
  auto& again = join("a");
  others.send_to_all(text("new"));
  flush("a");
  CHECK(again.take() == lines{"new"});
  CHECK(info("a").sent_messages == 2);
}

TEST_CASE_FIXTURE(peers_case, "messages that a node has not acknowledged when it is lost are counted") {
  join("a");
  for (const auto* what : {"1", "2", "3"}) others.send_to_all(text(what));
  flush("a");
  others.on("a", record_confirmed{1, 1, 0});
  CHECK(info("a").unconfirmed_messages == 0);
  others.close("a");
  CHECK(info("a").unconfirmed_messages == 2);
  CHECK(info("a").lost_messages == 0);
}

TEST_CASE_FIXTURE(peers_case, "the number of messages that wait for a node is shown") {
  join("a");
  others.send_to_all(text("0123456789"));
  others.send_to_all(text("waits"));
  CHECK(info("a").waiting_messages == 2);
  flush("a");
  CHECK(info("a").waiting_messages == 1);
  others.close("a");
  CHECK(info("a").waiting_messages == 0);
}

TEST_CASE_FIXTURE(peers_case, "a node acknowledges received messages") {
  auto& a = join("a");
  others.received("a", 2, 7);
  flush("a");
  CHECK(a.confirmed.bytes == 7);
  CHECK(a.confirmed.messages == 2);
  CHECK(info("a").received_messages == 2);
  CHECK(info("a").received_bytes == 7);
}

TEST_CASE_FIXTURE(peers_case, "a node that leaves says so after all waiting records, and sends nothing after it") {
  auto& a = join("a");
  for (const auto* what : {"0123456789", "last"}) others.send_to_all(text(what));
  others.leave("a");
  flush("a");
  CHECK(a.take() == lines{"0123456789"});
  CHECK_FALSE(others.has_left("a"));
  confirm("a");
  flush("a");
  CHECK(a.take() == lines{"last", "leave"});
  CHECK(others.has_left("a"));
  others.send_to_all(text("x"));
  others.received("a", 1, 1);
  flush("a");
  CHECK(a.take().empty());
}

TEST_CASE_FIXTURE(peers_case, "no more nodes than the limit are known") {
  CHECK(others.know("a", "a:1"));
  CHECK(others.know("b", ""));
  CHECK(others.know("c", ""));
  CHECK(others.know("a", "a:2"));
  CHECK_FALSE(others.know("d", ""));
  CHECK(counts->value(metric::nodes_refused) == 1);
  CHECK(info("a").address == "a:2");
  others.forget("a");
  CHECK(others.know("d", ""));
}

TEST_CASE_FIXTURE(peers_case, "nodes are told of each other") {
  auto& a = join("a");
  others.tell("a", {"b", {"b", 1}});
  others.tell("nobody", {"b", {"b", 1}});
  CHECK(woken.contains("a"));
  flush("a");
  CHECK(a.take() == lines{"node b"});
}

// -- what this node wants ---------------------------------------------------------------------------------------------

TEST_CASE_FIXTURE(peers_case, "a node is sent the whole interest when its link begins, and then each change") {
  want("early");
  auto& a = join("a");
  CHECK(a.maps == 1);
  CHECK(a.wants.has(bucket("early")));
  CHECK_FALSE(a.wants.has(bucket("late")));
  want("late");
  want("late");
  CHECK(woken.contains("a"));
  flush("a");
  CHECK(a.wants.has(bucket("late")));
  CHECK(a.maps == 1);
}

TEST_CASE_FIXTURE(peers_case, "subscriptions from before the start of the adapter are announced too") {
  wants.insert(bucket("early"));
  others.look_at_all_interest();
  CHECK(join("a").wants.has(bucket("early")));
}

TEST_CASE_FIXTURE(peers_case, "the end of interest is announced late, and not at all if the topic is wanted again") {
  want("gone");
  want("back");
  auto& a = join("a");
  want("gone", false);
  want("back", false);
  want("back");
  flush("a");
  CHECK(a.wants.has(bucket("gone")));
  others.tick(now);
  flush("a");
  CHECK_FALSE(a.wants.has(bucket("gone")));
  CHECK(a.wants.has(bucket("back")));
}

TEST_CASE_FIXTURE(peers_case, "many changes are sent as one map") {
  auto& a = join("a");
  for (int i = 0; i < 40'000; ++i) want("topic:" + std::to_string(i));
  flush("a");
  CHECK(a.maps == 2);
  CHECK(a.wants.has(bucket("topic:0")));
  CHECK(a.wants.has(bucket("topic:39999")));
}

TEST_CASE_FIXTURE(peers_case, "a join that waits for the other nodes continues when all have acknowledged") {
  join("a");
  join("b");
  want("new");
  int called = 0;
  CHECK_FALSE(others.when_wanted(bucket("new"), [&] { ++called; }, now));
  flush("a");
  flush("b");
  confirm("a");
  CHECK(called == 0);
  confirm("b");
  CHECK(called == 1);
  CHECK(others.when_wanted(bucket("new"), [] { FAIL("called"); }, now));
}

TEST_CASE_FIXTURE(peers_case, "a node whose link begins counts, because it may broadcast before its interest arrives") {
  others.open({"a", 1}, "", [] {});
  std::string map;
  CHECK(others.take("a", map));
  want("new");
  int called = 0;
  CHECK_FALSE(others.when_wanted(bucket("new"), [&] { ++called; }, now));
  others.close("a");
  CHECK(called == 1);
}

TEST_CASE_FIXTURE(peers_case, "no join waits after the last tick") {
  join("a");
  want("new");
  int called = 0;
  CHECK_FALSE(others.when_wanted(bucket("new"), [&] { ++called; }, now));
  others.stop_waiting();
  CHECK(called == 1);
  CHECK(others.when_wanted(bucket("new"), [] { FAIL("called"); }, now));
}

TEST_CASE_FIXTURE(peers_case, "no join waits for a node that is lost") {
  join("a");
  want("new");
  int called = 0;
  CHECK_FALSE(others.when_wanted(bucket("new"), [&] { ++called; }, now));
  others.close("a");
  CHECK(called == 1);
  CHECK(others.when_wanted(bucket("new"), [] { FAIL("called"); }, now));
}

TEST_CASE_FIXTURE(peers_case,
                  "nobody waits for long for a node that does not answer, and the next do not wait at all") {
  join("a");
  want("new");
  int called = 0;
  CHECK_FALSE(others.when_wanted(bucket("new"), [&] { ++called; }, now));
  others.tick(now + limits.node_interest_timeout - 1ms);
  CHECK(called == 0);
  CHECK(counts->value(metric::interest_timeouts) == 0);
  others.tick(now + limits.node_interest_timeout);
  CHECK(called == 1);
  CHECK(counts->value(metric::interest_timeouts) == 1);
  want("newer");
  CHECK(others.when_wanted(bucket("newer"), [] { FAIL("called"); }, now));
  flush("a");
  confirm("a");
  want("newest");
  CHECK_FALSE(others.when_wanted(bucket("newest"), [] {}, now));
}
