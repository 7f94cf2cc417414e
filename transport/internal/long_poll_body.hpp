#pragma once

#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/transport/frame.hpp>
#include <bennu/transport/shared_bytes.hpp>

/// The bodies of long polling's requests and answers (phoenix, lib/phoenix/transports/long_poll.ex, and
/// assets/js/phoenix/longpoll.js). Pure functions.
namespace bennu {

/// The outcome of a request. It stands in the answer's body; HTTP's own status is always 200.
enum class long_poll_status {
  ok = 200,
  no_content = 204,     ///< the poll's window has passed without a message
  forbidden = 403,      ///< the origin, or the user's `connect`, refuses the client
  timed_out = 408,      ///< messages that were not handled in time, or that ended the session
  gone = 410,           ///< there is no such session; the answer to a GET has the token of a new one
  too_many_posts = 429  ///< messages that were dropped because too many of the session's POSTs wait
};

/// A message of a client.
struct posted_message {
  message_kind kind = message_kind::text;
  std::string bytes;
  friend bool operator==(const posted_message&, const posted_message&) = default;
};

/// The messages of a POST.
struct posted_batch {
  std::vector<posted_message> messages;
  std::size_t ignored = 0;  ///< number of messages beyond the limit
};

/// The messages in the body of a POST. A body of the content type application/x-ndjson is a batch, one message a line:
/// a line that begins with "[" is a text, any other line is the base64 of a binary message. Empty lines are skipped,
/// and lines beyond the first `max_messages` are only counted. A body of any other content type is one text message, or
/// none if it is empty.
///
/// @returns nothing if a line is not base64 or a text is not UTF-8: a bad request, of which no message must be handled
std::optional<posted_batch> parse_long_poll_post(std::string_view content_type, std::string_view body,
                                                 std::size_t max_messages);

/// The body of an answer: a text, followed by parts, which are shared with the answers of other sessions.
struct long_poll_answer_body {
  std::string text;
  std::vector<shared_bytes> parts = {};

  std::size_t size() const noexcept;
  /// Appends the complete body.
  void append_to(std::string& out) const;
};

/// The body that answers a GET: `{"status":200,"token":"…","messages":["…",…]}`, each message as `long_poll_message`
/// has it. Large messages are shared, not copied.
long_poll_answer_body long_poll_answer(long_poll_status status, std::string_view token,
                                       std::span<const ref<const frame>> messages);

/// The body of all other answers: `{"status":200}`.
long_poll_answer_body long_poll_answer(long_poll_status status);

}  // namespace bennu
