#include <bennu/pubsub/internal/peers.hpp>

#include <utility>

namespace bennu {

using calls = peer_table::calls;

template <class Act>
void peers::with_table(const Act& act) {
  calls then;
  {
    const auto table = table_.lock();
    act(*table, then);
    links_.store(table->links(), std::memory_order_release);
  }
  for (const auto& call : then) (*call)();
}

// -- for links --------------------------------------------------------------------------------------------------------

void peers::open(const node_id& who, const std::string& address, std::function<void()> wake) {
  with_table([&](peer_table& t, calls& then) { t.open(who, address, std::move(wake), then); });
}

void peers::up(const std::string& name) {
  with_table([&](peer_table& t, calls& then) { t.up(name, then); });
}

void peers::close(const std::string& name) {
  with_table([&](peer_table& t, calls& then) { t.close(name, then); });
}

void peers::leave(const std::string& name) {
  with_table([&](peer_table& t, calls& then) { t.leave(name, then); });
}

bool peers::take(const std::string& name, std::string& batch) {
  peer::batch next;
  bool is_taken = false;
  with_table([&](peer_table& t, calls&) { is_taken = t.take(name, next); });
  if (!is_taken) return false;
  // The messages are copied without the lock, so that broadcasts do not wait for it.
  batch = std::move(next.records);
  for (const auto& message : next.messages) append(batch, record_message{*message});
  if (next.leaves) append(batch, record_leave{});
  return true;
}

void peers::received(const std::string& name, std::size_t messages, std::size_t message_bytes) {
  if (messages == 0) return;
  with_table([&](peer_table& t, calls& then) { t.received(name, messages, message_bytes, then); });
}

void peers::on(const std::string& name, const record_interest& record) {
  with_table([&](peer_table& t, calls& then) { t.on(name, record, then); });
}

void peers::on(const std::string& name, const record_interest_changes& record) {
  with_table([&](peer_table& t, calls& then) { t.on(name, record, then); });
}

void peers::on(const std::string& name, const record_confirmed& record) {
  with_table([&](peer_table& t, calls& then) { t.on(name, record, then); });
}

void peers::announce_node(const std::string& name, const known_node& about) {
  with_table([&](peer_table& t, calls& then) { t.announce_node(name, about, then); });
}

// -- for carriers -----------------------------------------------------------------------------------------------------

void peers::tick(clock::time_point now) {
  with_table([&](peer_table& t, calls& then) { t.tick(now, then); });
}

void peers::stop_waiting() {
  with_table([](peer_table& t, calls& then) { t.stop_waiting(then); });
}

void peers::announce_all_interest() {
  with_table([](peer_table& t, calls& then) { t.announce_all_interest(then); });
}

// -- for the adapter --------------------------------------------------------------------------------------------------

bool peers::has_interest(topic_bucket bucket) const {
  return links_.load(std::memory_order_acquire) != 0 && table_.lock()->has_interest(bucket);
}

void peers::broadcast(topic_bucket bucket, const bytes& message) {
  with_table([&](peer_table& t, calls& then) { t.broadcast(bucket, message, then); });
}

void peers::send_to_all(const bytes& message) {
  with_table([&](peer_table& t, calls& then) { t.send_to_all(message, then); });
}

bool peers::send(const node_id& to, const bytes& message) {
  bool is_sent = false;
  with_table([&](peer_table& t, calls& then) { is_sent = t.send(to, message, then); });
  return is_sent;
}

void peers::on_interest(topic_bucket bucket) {
  with_table([&](peer_table& t, calls& then) { t.on_interest(bucket, then); });
}

bool peers::when_interest_known(topic_bucket bucket, std::function<void()> then, clock::time_point now) {
  if (links_.load(std::memory_order_acquire) == 0) return true;
  return table_.lock()->when_interest_known(bucket, std::move(then), now);
}

}  // namespace bennu
