#pragma once

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>

#include <bennu/channels/channel.hpp>
#include <bennu/channels/internal/callback_watch.hpp>
#include <bennu/channels/internal/client_backlog.hpp>
#include <bennu/channels/internal/messages.hpp>
#include <bennu/channels/internal/passed_events.hpp>
#include <bennu/channels/internal/socket_context.hpp>
#include <bennu/runtime/pinned_actor.hpp>

namespace bennu {

/// The actor of a joined channel: runs the user's `channel` one message at a time, and writes what comes of it to the
/// client.
///
/// It lives where its connection lives, so that it may write to it and that its place in the topic's table needs no
/// lock. What its client sees of its end is written here too, in Phoenix's order: a channel that stops in good order
/// says `phx_close` before `terminate` runs, one that fails `phx_error` after.
class channel_actor final : public pinned_actor, private bennu::subscriber {
public:
  channel_actor(caf::actor_config& config, ref<socket_context> context, caf::strong_actor_ptr socket,
                const channel_class& what, bennu::topic topic, json join_ref, json ref_of_join, bennu::assigns assigns);
  ~channel_actor() override;

  /// A message for this channel, from its socket or itself.
  void hand(to_channel&& what);
  /// As `hand`, for messages of the pubsub: the channel handles them in a turn of its own, never within the call of
  /// whoever sent them. So the topic's other subscribers have the message before the channel answers it.
  void deliver_message(to_channel&& message);

  /// The client has caught up: tells it what it missed, where the class says so.
  void tell_missed();

  const channel_class& of_class() const noexcept { return class_; }
  const bennu::topic& topic() const noexcept { return topic_; }
  /// As the client sent it.
  const json& join_ref() const noexcept { return join_ref_; }

  // For tests and tools that look at a channel, on its thread.
  const connection& client() const noexcept { return *context_->client; }
  const bennu::assigns& assigns() const noexcept { return assigns_; }
  /// The user's object; null where the actor has not run yet, and where a job had it when the channel was killed.
  channel* object() const noexcept { return channel_.get(); }

  const char* name() const override { return "bennu.channel"; }

private:
  friend channel;
  struct suspension;
  struct extras;
  class foreign_topic;

  // what CAF asks for
  caf::behavior make_behavior() override;
  bool cleanup(caf::error&& reason, caf::execution_unit* host) override;
  bool accepts_now() const noexcept override { return !has_job(); }

  void count_waiting(to_channel& what);

  // bennu::subscriber
  void on_broadcast(const ref<shared_broadcast>& what) override;
  void on_message(const caf::message& what) override;

  using callback = callback_watch::callback;
  /// Calls a callback of the user's, and looks how long it takes. @param what see `callback_watch`
  template <class Call>
  auto watched(callback which, std::string_view what, const Call& call) {
    const callback_watch watch{*context_, class_, *channel_, which, what};
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
  void handle(join_timeout_message&) {}  // as the next
  void handle(job_done_message&) {}      // only comes while suspended; see run_job
  void handle_value(std::type_index type, const void* value);
  void handle_foreign(const caf::type_erased_tuple& what);

  // broadcasts
  void pass(shared_broadcast& what);

  // results
  void finish(join_result result);
  void finish(in_result result, const json& ref);
  void finish(info_result result);
  template <class Result, class Finish>
  void run_job(Result& result, Finish finish);

  void refuse_job();
  void suspend();
  void depart();
  void resume(job_done_message& m);
  void lose_topic();
  void give_up_join();

  void send(ref<const frame> what, std::string_view event, const payload& content);
  void send_droppable(ref<const frame> what, std::string_view event, const payload& content);

  void expect(const accept_t& how);
  void accept(const accept_t& how);
  void refuse(const refuse_t& how);
  void answer_join(const status& how, const payload& what);
  void tell_socket(to_socket&& what);
  void answer(const reply_t& what, const json& ref);
  void stop(const exit_reason& why);
  void end(const exit_reason& why);
  void require_joined(const char* action) const;
  /// Whether a job has the channel: nothing else may use it then.
  bool has_job() const noexcept { return suspension_ != nullptr; }
  /// What the client knows this join by: its join_ref, or the ref of a join that had none
  /// (lib/phoenix/channel/server.ex).
  const json& push_ref() const noexcept { return names_join() ? join_ref_ : ref_of_join_; }
  /// Null does not, and neither does false: Phoenix takes `join_ref || ref` of the join
  /// (lib/phoenix/channel/server.ex).
  bool names_join() const noexcept {
    const auto* truth = join_ref_.if_bool();
    return truth != nullptr ? *truth : !join_ref_.is_null();
  }
  extras& more();

  // What a broadcast touches in each of a thousand channels lies together.
  connection& client_;
  const serializer& wire_;
  const channel_class& class_;
  const ref<socket_context> context_;
  caf::strong_actor_ptr socket_;
  std::unique_ptr<channel> channel_;
  bennu::topic topic_;
  json join_ref_;
  json ref_of_join_;
  bennu::assigns assigns_;
  topic_table::subscription place_;
  passed_events passed_;
  std::uint32_t intercepted_ = 0;      ///< broadcasts that wait for their handler
  const json* current_ref_ = nullptr;  ///< of the push at hand
  std::shared_ptr<suspension> suspension_;
  std::unique_ptr<extras> extras_;
  backlog_size waiting_;  ///< the client's messages that are not handled yet
  bool joined_ = false;
  bool answered_ = false;                        ///< the join
  std::optional<exit_reason::kind> lost_topic_;  ///< why, where a join took it that did not wait for a job
  bool ended_ = false;
};

}  // namespace bennu
