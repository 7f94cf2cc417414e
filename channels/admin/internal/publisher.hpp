#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <bennu/channels/admin/internal/api_route.hpp>
#include <bennu/channels/admin/internal/idempotency_table.hpp>
#include <bennu/channels/admin/internal/outgoing_message.hpp>
#include <bennu/channels/admin/internal/publish_receipt.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/runtime/replaceable.hpp>

namespace bennu {

/// Sends the messages of the HTTP API, and remembers those with an idempotency key. Any thread may call.
class publisher {
public:
  using result = std::variant<publish_receipt, api_fault>;

  /// All must outlive this.
  publisher(pubsub& topics, const replaceable<limits>& limits, metrics& counts)
      : topics_(topics), limits_(limits), counts_(counts) {}

  /// Sends messages in their order.
  /// @param key the name of the sender's key, which must stay valid
  /// @param then called once, on any thread, with a result for each message, when the subscribers of this node have
  /// them
  void publish(std::string_view key, std::vector<outgoing_message> messages,
               std::function<void(std::vector<result>)> then);

private:
  class batch;

  void check(const outgoing_message& one) const;

  pubsub& topics_;
  const replaceable<limits>& limits_;
  metrics& counts_;
  guarded<idempotency_table> repeated_;
};

}  // namespace bennu
