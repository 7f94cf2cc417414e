#pragma once

#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/pubsub/history/position.hpp>

namespace bennu {

/// Identifies the joins of one client to one topic across its connections, so that what the client has broadcast to all
/// others in an earlier join is not replayed to it. A value.
///
/// Each join has a tag of its own: a random number, which nobody but its client knows. A join that brings the text of
/// an earlier session counts the messages with that session's tag as its own, up to the present end of the history.
/// Later messages with that tag are not its own: they come from another client that uses a copy of the text.
class client_session {
public:
  /// The tag of messages without a session.
  static constexpr std::uint64_t no_tag = 0;

  /// The session of a join.
  /// @param earlier the text of the client's last session; any other text counts as none
  /// @param own the topic's stream on this node: that of the messages that the client is going to send
  /// @param end_of the number of the last message in a stream
  static client_session begin(std::string_view earlier, stream_id own,
                              const std::function<std::uint64_t(stream_id)>& end_of);

  std::uint64_t tag() const noexcept { return tag_; }
  /// True if an earlier join of the client has sent a message with this tag and number in this stream.
  bool has_sent(std::uint64_t tag, stream_id stream, std::uint64_t seq) const noexcept;

  /// The text for the client.
  std::string text() const;

private:
  /// The number of earlier joins that are remembered. Those before are over for longer than a client reconnects.
  static constexpr std::size_t max_earlier = 4;

  struct earlier_join {
    std::uint64_t tag;
    stream_id stream;
    std::uint64_t end;  ///< the number of the last message in the stream when the next join began
  };

  static std::optional<client_session> parse(std::string_view text);

  std::uint64_t tag_ = no_tag;
  stream_id own_{};
  std::vector<earlier_join> earlier_;  ///< oldest first
};

}  // namespace bennu
