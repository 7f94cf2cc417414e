#pragma once

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/channels/internal/channel_actor.hpp>
#include <bennu/channels/internal/crash_record.hpp>
#include <bennu/channels/internal/messages.hpp>
#include <bennu/channels/internal/socket_context.hpp>
#include <bennu/channels/internal/waiting_messages.hpp>
#include <bennu/channels/introspection/node_report.hpp>
#include <bennu/channels/introspection/socket_list.hpp>
#include <bennu/channels/user_socket.hpp>
#include <bennu/runtime/pinned_actor.hpp>
#include <bennu/runtime/token_bucket.hpp>

namespace bennu {

/// The actor of a connected client: routes its messages to its channels, creates and ends them.
///
/// The stages of a topic of this socket:
///   joining    the join was delivered to a new channel. Messages for the topic wait until it is answered
///   joined     messages go to the channel
///   ending     the channel is about to end: messages are dropped, as in Phoenix, and a join waits
///   replaced   the same, and a join has asked it to end at once
///   ended      the channel has ended: messages that arrived with its end are dropped too, and a join may follow
/// Unless joins run side by side, a join also waits for all joins before it.
///
/// A join does not wait for a channel with a running job: that channel is detached from its topic at once, and ends
/// when the job is done. A join waits only if as many channels are detached as may be joined.
class socket_actor final : public pinned_actor, private bennu::subscriber {
public:
  socket_actor(caf::actor_config& config, ref<socket_context> context, const user_socket& user, bennu::assigns assigns);
  ~socket_actor() override;

  /// True if the client has exceeded its rate, so that the next message would be refused.
  bool is_over_rate() const;

  const socket_context& context() const noexcept { return *context_; }
  bool is_closed() const noexcept { return is_closed_; }
  /// The messages that wait for a join, and the number of those in the mailbox, which are not handled at all; for
  /// tests, on its thread.
  struct load {
    backlog_size for_join;
    std::size_t unhandled = 0;
  };
  load measure();

  /// Stores the data of this socket for operators, except for its `ref` and its node. On its thread.
  void describe(socket_info& to) const;
  bool has_joined(std::string_view topic) const;
  /// Adds this socket and its channels to the numbers of its node.
  void count(node_report& to) const;

  const char* name() const override { return "bennu.socket"; }

private:
  enum class stage : std::uint8_t { joining, joined, ending, replaced, ended };

  struct entry {
    std::size_t hash;  ///< hash of the topic
    caf::intrusive_ptr<channel_actor> channel;
    stage at;
    token_bucket pushes = {};
  };

  void on_start() override;
  bool on_message(caf::mailbox_element& element) override;
  void on_exit_message(caf::exit_msg& message) override;
  void on_exception(const std::exception_ptr& thrown) override;
  bool cleanup(caf::error&& reason, caf::execution_unit* host) override;
  void on_broadcast(const ref<shared_broadcast>& message) override;
  void on_message(const caf::message&) override {}

  void handle(client_message& m);
  void handle(throttled_message& m);
  void handle(malformed_message& m);
  void handle(join_done_message& m);
  void handle(channel_down_message& m);
  void handle(detached_down_message&) { --detached_; }
  void handle(forget_message& m);
  void handle(fence_message& m);
  void handle(caught_up_message& m);
  void handle(closed_message& m);

  // messages
  void take(message&& m);
  void dispatch(message&& m);
  void dispatch_unjoined(const message& m);
  void forward(entry& to, message&& m);
  void reply(const message_reference& join_ref, const message& to, std::string_view status, const payload& content,
             unsigned refused_with = 403);

  // joins
  void join(message&& m);
  static std::string topic_text(const message& m);
  void refuse_unmatched(const message& m);
  void start_channel(message&& m, const channel_class& of);
  void replace(entry& old);
  void close_replaced(std::string_view topic);

  // messages that wait for joins
  bool must_wait(const message& m);
  bool is_held_up(const message& m);
  void wait(message&& m);
  bool resume(std::string_view topic);
  void resume_waiting(std::string_view topic);

  // limits
  bool passes(token_bucket& bucket, std::size_t rate, std::size_t burst, const message& m);
  void refuse(const message& m, std::string_view reason, token_bucket::clock::duration retry_after);
  bool has_too_many_joins() const;
  bool is_too_long(const message& m);
  bool crashes_too_often(const message& m, const channel_class& of);
  token_bucket::clock::time_point now() const;

  void end_all(exit_reason::kind why);

  static std::size_t hash_of(std::string_view topic) noexcept { return std::hash<std::string_view>{}(topic); }
  entry* find(std::string_view topic);
  entry* find(caf::actor_id channel);
  void erase(entry& which);

  ref<socket_context> context_;
  const user_socket& user_;
  bennu::assigns assigns_;
  std::vector<entry> entries_;
  std::unique_ptr<waiting_messages> waiting_;  ///< null if empty
  /// Channels that a join of the same topic replaced: their `phx_close` is due after the new join's answer.
  std::vector<std::pair<std::string, message_reference>> replaced_;
  std::vector<std::function<void()>> fences_;
  topic_table::subscription place_;  ///< the subscription to the socket's id
  std::size_t joining_ = 0;
  std::size_t detached_ = 0;  ///< number of channels that end when their job is done, and whose topics are free
  token_bucket messages_;
  crash_record crashes_;
  std::uint64_t number_ = 0;  ///< in `channel_services::sockets`; 0 before the start and after the end
  bool is_closed_ = false;    ///< the connection has ended
};

}  // namespace bennu
