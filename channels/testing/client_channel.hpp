#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include <bennu/channels/channel.hpp>
#include <bennu/channels/testing/channel_state.hpp>
#include <bennu/channels/testing/expected_push.hpp>
#include <bennu/channels/testing/failure.hpp>
#include <bennu/channels/testing/pattern.hpp>
#include <bennu/channels/testing/push.hpp>
#include <bennu/pubsub/history/history_request.hpp>

namespace bennu::testing {

struct client_join;
class client_socket;
class world;

/// The client's end of a channel, with access to the server's end. phoenix.js calls it a Channel.
///
/// A handle: copies refer to the same channel, and are valid as long as the test. Functions that only look (`received`,
/// `reply_to`, `at`, ...) show the messages that have arrived so far. Assertions let the test settle first, and consume
/// the message that they find, so that the next assertion does not find it again.
class client_channel {
public:
  using state = channel_state;

  client_channel(world& in, client_join& of) noexcept : world_(&in), join_(&of) {}

  // -- actions of the client ------------------------------------------------------------------------------------------

  /// Pushes an event to the channel.
  push_ref push_in(std::string_view event, const payload& content = {}) const;
  push_ref leave() const;

  // -- the client's view ----------------------------------------------------------------------------------------------

  const std::string& topic() const noexcept;
  /// The reference of the join, which its answer and all pushes of the channel carry.
  push_ref join_ref() const;
  state at() const noexcept;

  /// The pushes and broadcasts that this channel received, in order, without replies.
  const std::vector<push>& received() const noexcept;

  /// The reply to the join, or nothing if none has arrived.
  const std::optional<reply_t>& join_reply() const noexcept;
  /// The first reply to a push, or nothing if none has arrived.
  std::optional<reply_t> reply_to(const push_ref& to) const;
  /// All replies to a push.
  std::vector<reply_t> replies_to(const push_ref& to) const;

  /// Asserts that a reply with this status arrived, with any payload or with one that matches. @returns the payload
  payload assert_reply(const push_ref& to, const status& how, place where = std::source_location::current()) const;
  payload assert_reply(const push_ref& to, const status& how, const pattern& expected,
                       place where = std::source_location::current()) const;
  /// Asserts that no reply arrived, none with this status, or none that matches.
  void refute_reply(const push_ref& to, place where = std::source_location::current()) const;
  void refute_reply(const push_ref& to, const status& how, place where = std::source_location::current()) const;
  void refute_reply(const push_ref& to, const status& how, const pattern& expected,
                    place where = std::source_location::current()) const;

  /// Asserts that the event arrived and was not asserted before, with any payload or with one that matches.
  /// @returns the payload
  payload assert_push(std::string_view event, place where = std::source_location::current()) const;
  payload assert_push(std::string_view event, const pattern& expected,
                      place where = std::source_location::current()) const;
  /// Asserts that the event did not arrive, or was asserted before.
  void refute_push(std::string_view event, place where = std::source_location::current()) const;
  void refute_push(std::string_view event, const pattern& expected,
                   place where = std::source_location::current()) const;
  /// Asserts that no event arrived that was not asserted before.
  void refute_pushes(place where = std::source_location::current()) const;

  /// Asserts that exactly these events arrived, in this order, apart from those that were asserted before.
  void assert_pushes(const std::vector<expected_push>& expected, place where = std::source_location::current()) const;

  // -- what it missed -------------------------------------------------------------------------------------------------

  /// The newest position that the client has, from the answer to its join, or from a message. Empty if it joined
  /// without the key `history`, or the class keeps none.
  const std::string& position() const noexcept;
  /// Joins the topic again, with the same payload, and asks for what came after the position. Lets the test settle. The
  /// join must be answered ok.
  /// @param over a connection, which is `client_socket::reconnect()` of the client, or one to another node
  client_channel rejoin(const client_socket& over, place where = std::source_location::current()) const;
  /// Asserts that the server promised all that the client missed, and that so many messages follow.
  void assert_recovered(std::size_t missed, place where = std::source_location::current()) const;
  /// Asserts that the server said that messages are gone, or may be, for this reason.
  void assert_lost(history_loss why, place where = std::source_location::current()) const;

  // -- the server's end -----------------------------------------------------------------------------------------------

  /// The reason with which the channel's actor has ended, which its `terminate` received; nothing while it lives.
  std::optional<exit_reason> ended() const;
  /// Asserts that the channel has ended with this reason.
  void assert_ended(const exit_reason& why, place where = std::source_location::current()) const;

  /// The channel's assigns.
  const bennu::assigns& assigns(place where = std::source_location::current()) const;

  /// The channel object, to read its members, also after its end.
  template <class Channel>
  Channel& object(place where = std::source_location::current()) const {
    if (auto* found = dynamic_cast<Channel*>(&object_of(where))) return *found;
    refuse_class(typeid(Channel), where);
  }

  /// Sends a message to the channel's info handlers, as another actor would.
  template <class T>
  void send(T value, place where = std::source_location::current()) const {
    send_info(typeid(T), std::make_shared<const T>(std::move(value)), where);
  }

  /// The channel's actor.
  actor_ref actor(place where = std::source_location::current()) const;
  /// Kills the actor. Of the channel's callbacks only `terminate` is called.
  void kill(place where = std::source_location::current()) const;
  /// Asks the actor to end.
  void exit(const exit_reason& why, place where = std::source_location::current()) const;

private:
  friend class test_node;

  channel& object_of(const place& where) const;
  [[noreturn]] void refuse_class(const std::type_info& wanted, const place& where) const;
  void send_info(const std::type_info& type, std::shared_ptr<const void> value, const place& where) const;
  payload find_reply(const push_ref& to, const status& how, const pattern* expected, const place& where) const;
  void refuse_reply(const push_ref& to, const status* how, const pattern* expected, const place& where) const;
  payload take_push(std::string_view event, const pattern* expected, const place& where) const;
  void refuse_push(std::string_view event, const pattern* expected, const place& where) const;

  world* world_;
  client_join* join_;
};

}  // namespace bennu::testing
