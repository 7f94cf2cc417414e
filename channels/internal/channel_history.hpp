#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include <bennu/pubsub/history/client_session.hpp>
#include <bennu/pubsub/history/history_request.hpp>
#include <bennu/pubsub/history/topic_log.hpp>
#include <bennu/runtime/payload.hpp>
#include <bennu/transport/frame.hpp>

namespace bennu {

/// The state of a channel whose client gets messages from the history of its topic, or their positions.
///
/// The client gets the kept messages in the order of their numbers, each once: while it is *behind*, in pieces from the
/// log; then *live*, as they are broadcast. Messages that are not kept wait while it is behind, and keep their place.
struct channel_history {
  enum class stage : std::uint8_t { behind, live };

  /// A push of an interceptor. The last one for a broadcast carries its position.
  struct held_push {
    std::string event;
    bennu::payload payload;
    ref<const frame> positioned;
  };

  /// True if a message that was broadcast just now is due to the client now.
  bool is_due(const ref<shared_broadcast>& message) {
    const auto* place = message->place();
    if (place != nullptr && place->number < next) return false;
    if (at == stage::live) {
      if (place != nullptr) next = place->number + 1;
      return true;
    }
    if (place != nullptr) {
      offered = place->number;
    } else {
      transient.emplace_back(offered, message);
    }
    return false;
  }

  /// From now on the client gets its messages from the log.
  void fall_behind() noexcept {
    at = stage::behind;
    offered = next - 1;
  }

  /// True for the event that stands in the place of messages which no node has any more.
  static bool is_loss(const shared_broadcast& message) noexcept {
    return message.place() != nullptr && message.value().event == "$history";
  }

  /// True if a message was sent by this client to all others.
  bool is_own(const history_log::entry& message) const noexcept {
    return message.session != client_session::no_tag &&
           (message.session == session.tag() || session.has_sent(message.session, message.stream, message.seq));
  }

  // what the client asked for
  std::optional<history_request> wanted;  ///< nothing if it wants no positions either
  std::string earlier_session;
  std::optional<std::uint64_t> taken;  ///< the number of the newest message when `join` took the position

  std::shared_ptr<topic_log> log;
  client_session session;
  std::optional<recovery> answer;  ///< nothing before the join is answered, or if the client did not ask
  stage at = stage::live;
  std::uint64_t next = 1;  ///< the number of the next kept message for the client
  /// While behind: what it has got on another node already, beyond number `next`. Empty if nothing.
  std::vector<position::place> seen;
  std::uint64_t answered = 0;  ///< the number of the newest message when the join was answered
  std::uint64_t offered = 0;   ///< while behind: the number of the newest message that was broadcast
  /// While behind: messages that are not kept, each with the number of the kept one before it.
  std::vector<std::pair<std::uint64_t, ref<shared_broadcast>>> transient;
  bool was_told = false;  ///< the client got a position since the last time that one was due

  const history_place* intercepted = nullptr;  ///< of the broadcast whose interceptor runs
  std::optional<held_push> held;               ///< its last push so far
};

/// The request in the payload of a join: the object `history`. Nothing if there is none.
std::optional<history_request> history_request_in(const payload& params);
/// The text of an earlier session in it, or empty.
std::string history_session_in(const payload& params);

}  // namespace bennu
