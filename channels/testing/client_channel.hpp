#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <typeinfo>
#include <utility>
#include <vector>

#include <bennu/channels/channel.hpp>
#include <bennu/channels/testing/failure.hpp>
#include <bennu/channels/testing/pattern.hpp>
#include <bennu/channels/testing/push.hpp>

namespace bennu::testing {

struct client_join;

/// The client's end of a channel, and a window to the server's end: what phoenix.js calls a Channel.
///
/// A handle: copies mean the same channel, and are valid as long as the test. What looks (`received`, `reply_to`, `at`,
/// ...) shows what has arrived so far; what asserts lets the test settle first, and takes what it found, so that the
/// next assertion does not find it again.
class client_channel {
public:
  /// As in phoenix.js. A join that was refused is errored.
  enum class state { joining, joined, leaving, closed, errored };

  explicit client_channel(client_join& of) noexcept : join_(&of) {}

  // -- what the client does -------------------------------------------------------------------------------------------

  /// Pushes an event to the channel.
  push_ref push_in(std::string_view event, const payload& what = {}) const;
  push_ref leave() const;

  // -- what the client sees -------------------------------------------------------------------------------------------

  const std::string& topic() const noexcept;
  /// Of the join, which its answer and all pushes of the channel carry.
  push_ref join_ref() const;
  state at() const noexcept;

  /// The pushes and broadcasts that came for this channel, in order; replies are kept apart.
  const std::vector<push>& received() const noexcept;

  /// What the join was answered, or nothing so far.
  const std::optional<reply_t>& join_reply() const noexcept;
  /// What a push was answered first, or nothing so far.
  std::optional<reply_t> reply_to(const push_ref& to) const;
  /// All that a push was answered.
  std::vector<reply_t> replies_to(const push_ref& to) const;

  /// A reply with this status came, whatever it says, or one that the pattern matches. @returns what it says
  payload assert_reply(const push_ref& to, const status& how, place where = std::source_location::current()) const;
  payload assert_reply(const push_ref& to, const status& how, const pattern& what,
                       place where = std::source_location::current()) const;
  /// No reply came at all, none with this status, or none that the pattern matches.
  void refute_reply(const push_ref& to, place where = std::source_location::current()) const;
  void refute_reply(const push_ref& to, const status& how, place where = std::source_location::current()) const;
  void refute_reply(const push_ref& to, const status& how, const pattern& what,
                    place where = std::source_location::current()) const;

  /// The event came, whatever it says, or one that the pattern matches, and was not asserted before. @returns what it
  /// says
  payload assert_push(std::string_view event, place where = std::source_location::current()) const;
  payload assert_push(std::string_view event, const pattern& what, place where = std::source_location::current()) const;
  /// It did not come, or was asserted before.
  void refute_push(std::string_view event, place where = std::source_location::current()) const;
  void refute_push(std::string_view event, const pattern& what, place where = std::source_location::current()) const;
  /// Nothing came that was not asserted before.
  void refute_pushes(place where = std::source_location::current()) const;

  // -- the server's end -----------------------------------------------------------------------------------------------

  /// Why the channel's actor has ended, or nothing while it lives: what its `terminate` was told.
  std::optional<exit_reason> ended() const;
  /// It has ended for this reason.
  void assert_ended(const exit_reason& why, place where = std::source_location::current()) const;

  /// What the channel has assigned.
  const bennu::assigns& assigns(place where = std::source_location::current()) const;

  /// The channel object, to look at its members; also when it has ended.
  template <class Channel>
  Channel& object(place where = std::source_location::current()) const {
    if (auto* found = dynamic_cast<Channel*>(&object_of(where))) return *found;
    refuse_class(typeid(Channel), where);
  }

  /// Sends a message to the channel's info handlers, as another actor would.
  template <class T>
  void send(T what, place where = std::source_location::current()) const {
    send_info(typeid(T), std::make_shared<const T>(std::move(what)), where);
  }

  /// The channel's actor.
  actor_ref actor(place where = std::source_location::current()) const;
  /// Kills the actor: nothing can prevent that, and only `terminate` is called.
  void kill(place where = std::source_location::current()) const;
  /// Asks the actor to end.
  void exit(const exit_reason& why, place where = std::source_location::current()) const;

private:
  friend class test_node;

  channel& object_of(const place& where) const;
  [[noreturn]] void refuse_class(const std::type_info& wanted, const place& where) const;
  void send_info(const std::type_info& type, std::shared_ptr<const void> what, const place& where) const;
  payload find_reply(const push_ref& to, const status& how, const pattern* what, const place& where) const;
  void refuse_reply(const push_ref& to, const status* how, const pattern* what, const place& where) const;
  payload take_push(std::string_view event, const pattern* what, const place& where) const;
  void refuse_push(std::string_view event, const pattern* what, const place& where) const;

  client_join* join_;
};

std::ostream& operator<<(std::ostream& out, client_channel::state what);

}  // namespace bennu::testing
