#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/channels/internal/channel_actor.hpp>
#include <bennu/channels/internal/crash_record.hpp>
#include <bennu/channels/internal/messages.hpp>
#include <bennu/channels/internal/socket_context.hpp>
#include <bennu/channels/user_socket.hpp>
#include <bennu/runtime/pinned_actor.hpp>
#include <bennu/runtime/token_bucket.hpp>

namespace bennu {

/// The actor of a connected client: routes its messages to its channels, makes and ends them.
///
/// What holds for a topic of this socket, step by step:
///   joining   the join was handed to a new channel. Messages for the topic wait in `waiting_` until it is answered
///   joined    messages go to the channel
///   ending    the channel is about to end: messages are dropped, as in Phoenix, and a join waits
///   ended     it has: what arrived with its end is dropped too, and a join takes its place
/// Unless joins run side by side, a join also waits for all joins before it.
///
/// A join does not wait for a channel that a job has: that one loses the topic at once, and ends when the job is done.
/// Only where as many such channels are left over as may be joined, a further join does wait.
class socket_actor final : public pinned_actor, private bennu::subscriber {
public:
  socket_actor(caf::actor_config& config, ref<socket_context> context, const user_socket& user, bennu::assigns assigns);
  ~socket_actor() override;

  const char* name() const override { return "bennu.socket"; }

private:
  static constexpr std::string_view joined_event = "phx_join";
  static constexpr std::string_view leave_event = "phx_leave";

  enum class stage : std::uint8_t { joining, joined, ending, ended };

  struct entry {
    std::size_t hash;  ///< of the topic
    caf::strong_actor_ptr keep;
    channel_actor* channel;
    stage at;
    token_bucket pushes = {};
  };

  caf::behavior make_behavior() override;
  bool cleanup(caf::error&& reason, caf::execution_unit* host) override;
  void on_broadcast(const ref<shared_broadcast>& what) override;
  void on_message(const caf::message&) override {}

  void handle(client_message& m);
  void handle(malformed_message& m);
  void handle(join_done_message& m);
  void handle(channel_down_message& m);
  void handle(busy_down_message& m);
  void handle(forget_message& m);
  void handle(fence_message& m);
  void handle(caught_up_message& m);
  void handle(closed_message& m);

  void dispatch(message&& m);
  void join(message&& m);
  void start_channel(message&& m, const channel_class& what);
  void rejoin(entry& old, message&& m);
  void forward(entry& to, message&& m);
  void dispatch_unjoined(const message& m);
  bool must_wait(const message& m) const;
  void wait(message&& m);
  void resume_waiting();
  bool passes(token_bucket& bucket, std::size_t rate, std::size_t burst, const message& m);
  void refuse(const message& m, std::string_view reason, token_bucket::clock::duration retry_after);
  bool has_too_many_joins() const;
  bool is_too_long(const message& m);
  bool crashes_too_often(const message& m, const channel_class& what);
  token_bucket::clock::time_point now() const;
  void reply(const json& join_ref, const message& to, std::string_view status, const payload& what);
  void end_all(exit_reason::kind why);

  static std::size_t hash_of(std::string_view topic) noexcept { return std::hash<std::string_view>{}(topic); }
  entry* find(std::string_view topic);
  entry* find(caf::actor_id channel);
  void erase(entry& what);

  ref<socket_context> context_;
  const user_socket& user_;
  bennu::assigns assigns_;
  std::vector<entry> entries_;
  std::vector<message> waiting_;
  /// Channels that a join of the same topic replaced: their `phx_close` is due after the new join's answer.
  std::vector<std::pair<std::string, json>> replaced_;
  std::vector<std::function<void()>> fences_;
  topic_table::subscription place_;  ///< of the socket's id
  std::size_t joining_ = 0;
  std::size_t busy_ = 0;  ///< channels that lost their topic to a join, and end after their job
  token_bucket messages_;
  crash_record crashes_;
  bool counted_ = false;  ///< among the sockets
  bool closed_ = false;
};

}  // namespace bennu
