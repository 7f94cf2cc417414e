#pragma once

#include <array>
#include <bennu/transport/internal/websocket_framing.hpp>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>

namespace bennu {

/// The limits for a client's frames.
struct websocket_parser_options {
  std::size_t max_frame_size;    ///< in bytes, header and mask included
  std::size_t max_message_size;  ///< in bytes, the payloads of all fragments together, as sent (compressed or not)
  bool deflate = false;          ///< messages may be compressed (RFC 7692): RSV1 is allowed on their first frame
};

/// Receives the messages and control frames that a parser finds, each as soon as it is complete, in the order of
/// sending.
///
/// The bytes of every call are valid only until it returns. A call that returns false stops the parser: that feed
/// returns at once and touches neither the parser nor the sink again, so either may be destroyed in such a call.
class websocket_sink {
public:
  /// Receives a complete message, with all its fragments. The payload may be changed in place.
  /// @param opcode text (the payload is UTF-8, unless compressed) or binary
  /// @param compressed true if the client has compressed the payload; a text must be validated after inflating it
  [[nodiscard]] virtual bool on_message(websocket_opcode opcode, std::span<char> payload, bool compressed) = 0;
  [[nodiscard]] virtual bool on_ping(std::span<const char> payload) = 0;
  [[nodiscard]] virtual bool on_pong(std::span<const char> payload) = 0;
  /// Receives the client's close frame. Always the last call, because data after a close frame must be ignored (RFC
  /// 6455, 1.4).
  /// @param code empty if the client sent none
  virtual void on_close(std::optional<close_code> code, std::string_view reason) = 0;

protected:
  ~websocket_sink() = default;
};

enum class feed_status : std::uint8_t {
  consumed,  ///< all bytes are consumed; more may follow
  stopped,   ///< by the sink or by a close frame; the parser must not be fed again
  failed     ///< the client violated the protocol; the parser must not be fed again
};

struct feed_result {
  feed_status status;
  websocket_error error;  ///< only for `failed`
};

/// Parses the frames of one client (RFC 6455, server side) from a stream of bytes.
///
/// A message that lies completely in the bytes of one feed is unmasked there and passed on as a view of them. Only
/// incomplete data at the end of a feed is kept: a piece of a header within the parser, pieces of a message on the
/// heap, in a buffer that grows with the bytes that have arrived, not with the announced size. Between messages there
/// is no heap memory. Errors are found as early as the bytes allow: a size before the payload has arrived, invalid text
/// before the message ends.
///
/// For one thread at a time. The sink is only used within feed.
class websocket_parser {
public:
  explicit websocket_parser(websocket_parser_options options) noexcept;
  ~websocket_parser();

  /// Parses the next bytes of the stream, which are changed in place, and calls the sink for each message they
  /// complete. The sink must not feed the same parser.
  [[nodiscard]] feed_result feed(std::span<char> input, websocket_sink& sink);

  /// Frees the fragments of an incomplete message. The parser must not be fed again. The sink may call it.
  void clear() noexcept;

  /// The used heap memory in bytes; 0 between messages.
  std::size_t heap_size() const noexcept;

private:
  struct frame_header {
    websocket_opcode opcode;
    bool fin;
    bool rsv1;
    std::uint64_t payload_size;
    websocket_mask mask;
    std::size_t size = 0;  ///< size of the header in bytes; 0 while it is incomplete
  };

  struct partial;
  using failure = std::optional<websocket_error>;

  bool within_message() const noexcept;

  feed_result step(std::span<char>& input, websocket_sink& sink);

  failure next_header(std::span<char>& input, frame_header& header) noexcept;
  failure read_header(std::span<const char> bytes, frame_header& header) const noexcept;
  failure check_kind(unsigned first, unsigned second) const noexcept;
  failure check_size(const frame_header& header, std::size_t header_size) const noexcept;

  feed_result whole_frame(const frame_header& header, std::span<char> payload, websocket_sink& sink);
  void begin_frame(const frame_header& header);
  feed_result continue_frame(std::span<char>& input, websocket_sink& sink);
  feed_result end_control_frame(websocket_sink& sink);
  feed_result end_message(websocket_sink& sink);

  websocket_parser_options options_;
  std::unique_ptr<partial> partial_;  ///< the message or control frame that has begun and not ended
  std::array<char, max_client_header_size> header_piece_;  ///< the beginning of a header that was cut
  std::uint8_t header_piece_size_ = 0;
};

}  // namespace bennu
