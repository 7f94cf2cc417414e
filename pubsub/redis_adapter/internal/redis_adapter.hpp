#pragma once

#include <atomic>
#include <functional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/pubsub/adapter.hpp>
#include <bennu/pubsub/internal/broker_links.hpp>
#include <bennu/pubsub/internal/host_gate.hpp>
#include <bennu/pubsub/internal/peers.hpp>
#include <bennu/pubsub/redis_adapter/internal/redis_session.hpp>
#include <bennu/pubsub/redis_adapter/internal/redis_url.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/loop_thread.hpp>

namespace bennu {

/// See `make_redis_adapter`. Its thread runs a loop, on which a `redis_session` carries the messages of `broker_links`.
/// Other threads use only `peers`, and post tasks.
class redis_adapter final : public adapter, private redis_session::user, private broker_links::outlet {
public:
  redis_adapter(node_id self, redis_url server, const limits& l, logger log);
  ~redis_adapter() override;

  void count_with(std::shared_ptr<metrics> counts) override { others_.count_with(std::move(counts)); }
  void start(host& of) override;
  void stop() override;
  const node_id& self() const noexcept override { return self_; }
  std::vector<node_info> nodes() const override { return others_.nodes(); }
  bool has_interest(topic_bucket bucket) const override { return others_.has_interest(bucket); }
  void broadcast(topic_bucket bucket, const bytes& message) override { others_.broadcast(bucket, message); }
  void send_to_all(const bytes& message) override { others_.send_to_all(message); }
  bool send(const node_id& to, const bytes& message) override { return others_.send(to, message); }
  void on_interest(topic_bucket bucket) override { others_.on_interest(bucket); }
  bool when_interest_known(topic_bucket bucket, std::function<void()> then) override;

private:
  // On the thread.
  void on_failure(const std::exception_ptr& thrown);
  void tick();
  void on_connected() override;
  void on_disconnected() override;
  void on_message(std::string_view message) override;
  void on_no_receiver(const std::string& node) override;
  void on_drained() override;
  void send_to_all(std::string_view message) override;
  void send_to(const std::string& node, std::string_view message) override;
  bool is_full() const override { return session_.is_full(); }
  void flush_soon(const std::string& node) override;

  const node_id self_;
  const bennu::limits limits_;
  const logger log_;
  host_gate gate_;
  std::atomic<const host*> subscribers_ = nullptr;  ///< the same host, for queries without effects
  peers others_;
  loop_thread thread_{"bennu.redis"};
  redis_session session_;
  broker_links links_;
};

}  // namespace bennu
