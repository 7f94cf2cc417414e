#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>

#include <bennu/channels/channel.hpp>
#include <bennu/channels/internal/callback.hpp>
#include <bennu/channels/internal/callback_watch.hpp>
#include <bennu/channels/internal/client_backlog.hpp>
#include <bennu/channels/internal/messages.hpp>
#include <bennu/channels/internal/passed_events.hpp>
#include <bennu/channels/internal/producer_table.hpp>
#include <bennu/channels/internal/socket_context.hpp>
#include <bennu/pubsub/history/history_log.hpp>
#include <bennu/runtime/pinned_actor.hpp>

namespace bennu {

struct channel_extras;
struct channel_history;
struct pending_result;

/// A client's join.
struct join_request {
  bennu::topic topic;
  message_reference join_ref;
  message_reference ref;
  bennu::assigns assigns;  ///< those of the socket and of the class
};

/// The actor of a joined channel: runs the user's `channel` one message at a time, and sends the results to the client.
///
/// It lives on the thread of its connection, so that it may write to it, and so that its entry in the topic's table
/// needs no lock. It also tells the client of the channel's end, in Phoenix's order: a channel that stops normally
/// sends `phx_close` before `terminate` runs, and one that fails sends `phx_error` after it.
class channel_actor final : public pinned_actor, private bennu::subscriber {
public:
  /// @param socket the socket's actor, which is told of the answer to the join and of the channel's end
  channel_actor(caf::actor_config& config, ref<socket_context> context, caf::intrusive_ptr<pinned_actor> socket,
                const channel_class& of, join_request request);
  ~channel_actor() override;

  /// Delivers a message of the socket, the pubsub or the channel itself. If the channel has ended, the message is
  /// dropped.
  void deliver(to_channel&& message);

  /// Called when no message waits for the client any more. Sends it the number of missed messages, if its class has a
  /// `tell`.
  void send_missed();
  /// Called when no message waits for the client any more. Goes on with the history that the client is to get.
  void continue_replay();

  const channel_class& of_class() const noexcept { return class_; }
  const bennu::topic& topic() const noexcept { return topic_; }
  /// The reference as the client sent it.
  const message_reference& join_ref() const noexcept { return join_ref_; }
  const connection& client() const noexcept { return client_; }
  const bennu::assigns& assigns() const noexcept { return assigns_; }
  /// The user's object; null before the actor has run. For tests, on its thread.
  channel* object() const noexcept { return channel_.get(); }

  const socket_context& context() const noexcept { return *context_; }

  /// The messages that wait for the channel, counted one by one; for tests, on its thread.
  struct load {
    backlog_size of_client;                ///< pushes in the mailbox, and those that wait for a result
    std::size_t of_others_for_result = 0;  ///< messages of other actors that wait for a result
  };
  load measure();

  const char* name() const override { return "bennu.channel"; }

  // -- for the user's object: see `channel` ---------------------------------------------------------------------------

  /// True if the object may call the following functions: on the channel's thread, and while no job uses the object.
  bool is_usable() const noexcept { return is_home() && pending_ == nullptr; }
  void push(std::string_view event, const payload& content);
  std::shared_ptr<const socket_ref_state> current_push() const;
  enum class recipients : std::uint8_t { all, all_but_own_client };
  void broadcast(std::string_view event, payload content, recipients to, retention how);
  void broadcast_to(std::string_view topic, std::string_view event, payload content, retention how);
  std::string history_position();
  std::optional<bennu::recovery> recovery() const;
  void publish(std::string_view topic, json message);
  void stop_intercepting(std::string_view event) { passed_.add(class_.handlers->out, event); }
  void subscribe(std::string_view topic);
  void unsubscribe(std::string_view topic);
  std::uint64_t send_after(std::chrono::milliseconds delay, info_message message);
  void cancel(std::uint64_t timer);
  void monitor(const actor_ref& who);
  void demonitor(const actor_ref& who);
  bennu::assigns& mutable_assigns() noexcept { return assigns_; }
  const std::optional<std::string>& socket_id() const noexcept { return context_->id; }

private:
  using take_result = std::function<void(channel_actor&)>;

  /// The stage of the channel, as its socket and its client know it.
  enum class life : std::uint8_t {
    joining,   ///< the join is not answered
    joined,    ///< subscribed, and the join is answered ok
    detached,  ///< the client was told of the end, and the topic is free for another join; a job still uses the object
    ended
  };

  // pinned_actor
  void on_start() override;
  bool on_message(caf::mailbox_element& element) override;
  void on_other_message(caf::mailbox_element& element) override;
  void on_exit_message(caf::exit_msg& message) override;
  void on_down_message(caf::down_msg& message) override;
  void on_exception(const std::exception_ptr& thrown) override;
  bool accepts_now() const noexcept override { return pending_ == nullptr; }
  void hold_back(caf::mailbox_element_ptr& element) override;
  static bool is_of_others(caf::mailbox_element& element);
  bool cleanup(caf::error&& reason, caf::execution_unit* host) override;

  // bennu::subscriber
  void on_broadcast(const ref<shared_broadcast>& message) override;
  void on_position(const ref<shared_broadcast>& where) override;
  bool follows_history() const noexcept override { return history_ != nullptr; }
  void on_message(const caf::message& message) override { deliver_later(to_channel{message}); }

  /// Calls a callback of the user, and measures its time.
  template <class Call>
  auto watched(callback which, std::string_view event, const Call& call) {
    const callback_watch watch{*context_, class_, *channel_, which, event};
    return call();
  }

  // messages
  void handle(join_message& m);
  void handle(in_message& m);
  void handle(leave_message& m);
  void handle(out_message& m);
  void handle(info_message& m);
  void handle(caf::message& m);
  void handle(end_message& m);
  void handle(join_timeout_message&) { give_up_join(); }
  void handle(job_done_message& m);
  void handle_value(std::type_index type, const void* value);
  void handle_foreign(const caf::type_erased_tuple& content);
  bool take_turn(in_message& m);
  void await_turn(in_message& m, const producer_table::key& of);
  void count_as_handled(const in_message& m);
  void finish(in_result result, const in_message& m);
  void finish(info_result result, callback which, std::string_view event);
  void reply(const reply_t& with, const message_reference& ref);

  // the join
  void finish(join_result result);
  void await_nodes(const accept_t& how);
  void await_history(const accept_t& how);
  std::function<void()> first_call_of(std::function<void(channel_actor&)> next);
  void accept(const accept_t& how);
  void refuse(const refuse_t& how);
  void give_up_join();
  void answer_join(const status& how, const payload& body);

  // the job
  void run_job(callback which, std::string_view event, std::function<take_result()> job);
  bool has_job() const noexcept;
  void refuse_job();
  void announce_exit();

  // the end
  void stop(const exit_reason& why);
  void detach(const exit_reason& why);
  void end(const exit_reason& why);
  void terminate(const exit_reason& why);
  void send_end(const exit_reason& why);
  void release();

  // the history
  void note_history_request(const payload& params);
  void require_history_fits(const payload& body) const;
  payload begin_history(const payload& body);
  void fall_behind_if_slow();
  void replay();
  std::size_t replay(std::uint64_t number, const history_log::entry& message);
  ref<shared_broadcast> beyond_seen(std::uint64_t number, const history_log::entry& message);
  void pass_transient(std::uint64_t seq);
  void report_loss(std::uint64_t gone);
  bool has_position(const shared_broadcast& message) const noexcept;
  void pass_with_position(shared_broadcast& message);
  void hold_push(std::string_view event, const payload& content);
  void send_held(bool is_last);
  out_result intercept_with_position(const handler_table::out_handler& handler, const shared_broadcast& message);

  // to the client
  void take(const ref<shared_broadcast>& message);
  void pass(shared_broadcast& message);
  void report_unsendable(shared_broadcast& message);
  void miss(const shared_broadcast& message);
  void send(ref<const frame> message, std::string_view event, const payload& content);
  void send_droppable(ref<const frame> message, std::string_view event, const payload& content);

  void require_joined(const char* action) const;
  void send_broadcast(const audience& to, std::string_view topic, std::string_view event, payload content);
  /// The reference by which the client knows this join: its join_ref, or the ref of a join without one
  /// (lib/phoenix/channel/server.ex).
  const message_reference& push_ref() const noexcept { return join_ref_.is_none() ? ref_of_join_ : join_ref_; }
  channel_extras& more();

  // A broadcast uses these members of every channel, so they are adjacent.
  connection& client_;
  const serializer& wire_;
  const channel_class& class_;
  const ref<socket_context> context_;
  caf::intrusive_ptr<pinned_actor> socket_;  ///< null once the channel has ended
  std::unique_ptr<channel> channel_;
  bennu::topic topic_;
  message_reference join_ref_;
  message_reference ref_of_join_;
  bennu::assigns assigns_;
  topic_table::subscription place_;
  passed_events passed_;
  std::uint32_t intercepted_ = 0;  ///< broadcasts that wait for their handler
  life at_ = life::joining;
  bool is_let_in_ = false;                          ///< `join` has accepted, so `terminate` is due
  const message_reference* current_ref_ = nullptr;  ///< the ref of the current push
  std::unique_ptr<pending_result> pending_;  ///< set while a job uses the channel, or its join waits for other nodes
  std::unique_ptr<channel_extras> extras_;
  std::unique_ptr<channel_history> history_;  ///< null if the client gets only what is live, without positions
  backlog_size waiting_;                      ///< the client's messages that are not handled yet
};

}  // namespace bennu
