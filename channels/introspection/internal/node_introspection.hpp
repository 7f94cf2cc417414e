#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <bennu/channels/internal/channel_services.hpp>
#include <bennu/channels/introspection/internal/node_question.hpp>
#include <bennu/runtime/stepped_work.hpp>

namespace bennu {

/// Answers questions about the clients of this node. Each loop answers for its own, in small steps. Any thread may
/// call. `then` is called once, on any thread, unless the loops end before.
class node_introspection {
public:
  /// @param of must outlive this; its loops must end before this does
  explicit node_introspection(channel_services& of);

  void answer(const sockets_question& asked, std::function<void(socket_part)> then);
  void answer(const topics_question& asked, std::function<void(topic_part)> then);
  void answer(const report_question& asked, std::function<void(node_report)> then);
  void answer(const close_question& asked, std::function<void(close_result)> then);

  const std::string& node() const noexcept { return services_.pubsub.node_name(); }

private:
  class search;

  channel_services& services_;
  const std::uint64_t run_;
  std::vector<std::unique_ptr<stepped_work>> work_;  ///< by the loops' index
};

}  // namespace bennu
