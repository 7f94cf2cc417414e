#include <bennu/pubsub/internal/peers.hpp>

#include <doctest/doctest.h>

#include "peers_case.hpp"

using namespace bennu;
using namespace std::chrono_literals;
using namespace peers_world;

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
                  "a new link takes few bytes if this node has little interest, and the whole map if it has much") {
  const auto first_batch = [&](const std::string& name) {
    ends[name] = std::make_unique<end>();
    others.open({name, 1}, name + ":1", [] {});
    std::string batch;
    CHECK(others.take(name, batch));
    CHECK(ends.at(name)->read(batch));
    return batch.size();
  };
  for (int i = 0; i < 100; ++i) set_interest("topic " + std::to_string(i));
  CHECK(first_batch("a") < 1'000);
  for (int i = 0; i < 40'000; ++i) set_interest("topic " + std::to_string(i));
  CHECK(first_batch("b") > interest_map::bytes);
  for (const auto* name : {"a", "b"}) {
    CHECK(ends.at(name)->interest.has(bucket("topic 99")));
    CHECK_FALSE(ends.at(name)->interest.has(bucket("no such topic")));
  }
  CHECK(ends.at("b")->interest.has(bucket("topic 39999")));
  CHECK_FALSE(ends.at("a")->interest.has(bucket("topic 39999")));
}

TEST_CASE_FIXTURE(peers_case, "a broadcast goes to the nodes that want its bucket") {
  auto& a = join("a");
  auto& b = join("b");
  CHECK(others.has_interest(bucket("t")));
  CHECK_FALSE(others.has_interest(bucket("u")));
  others.on("b", record_interest{0, ""});
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
  CHECK(a.take() == lines{"fills the window", "dropped", "young"});
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
  for (const auto* message : {"12345", "67890", "next"}) others.send_to_all(text(message));
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
  for (const auto* message : {"1", "2", "3"}) others.send_to_all(text(message));
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
  for (const auto* message : {"0123456789", "last"}) others.send_to_all(text(message));
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
