#include <algorithm>
#include <bennu/runtime/utf8.hpp>
#include <bennu/transport/internal/websocket_parser.hpp>
#include <cstring>
#include <utility>
#include <vector>

namespace bennu {
namespace {

/// The minimum allocation for a message in pieces (unless a smaller one was announced), in bytes.
constexpr std::size_t first_capacity = 1024;

constexpr feed_result consumed{feed_status::consumed, {}};
constexpr feed_result stopped{feed_status::stopped, {}};

constexpr websocket_error protocol_error(const char* reason) { return {close_code::protocol_error, reason}; }
constexpr websocket_error too_big(const char* reason) { return {close_code::too_big, reason}; }
constexpr feed_result bad_text{feed_status::failed, {close_code::invalid_payload, "text message is not UTF-8"}};

std::span<char> take(std::span<char>& input, std::uint64_t size) noexcept {
  const auto taken = input.first(static_cast<std::size_t>(std::min<std::uint64_t>(size, input.size())));
  input = input.subspan(taken.size());
  return taken;
}

std::string_view as_text(std::span<const char> bytes) noexcept { return {bytes.data(), bytes.size()}; }

feed_result deliver_message(websocket_opcode opcode, std::span<char> payload, bool compressed, websocket_sink& sink) {
  return sink.on_message(opcode, payload, compressed) ? consumed : stopped;
}

feed_result deliver_control(websocket_opcode opcode, std::span<const char> payload, websocket_sink& sink) {
  if (opcode == websocket_opcode::ping) return sink.on_ping(payload) ? consumed : stopped;
  if (opcode == websocket_opcode::pong) return sink.on_pong(payload) ? consumed : stopped;
  const auto parsed = parse_close_payload(payload);
  if (const auto* error = std::get_if<websocket_error>(&parsed)) return {feed_status::failed, *error};
  const auto& close = std::get<close_info>(parsed);
  sink.on_close(close.code, close.reason);
  return stopped;
}

}  // namespace

// Invariants, between two steps of feed:
// 1. partial_ is null between messages, unless a control frame on its own was cut.
// 2. unread > 0 exactly if the payload of a frame was cut.
// 3. The buffer holds the payloads of the message's earlier frames, then (from frame_begin) the received part of this
// one.
struct websocket_parser::partial {
  std::vector<char> buffer;
  frame_header frame{};      // the latest one
  std::uint64_t unread = 0;  // bytes of its payload that have not arrived
  std::size_t frame_begin = 0;
  websocket_opcode opcode = websocket_opcode::continuation;  // opcode of the message; continuation if none has begun
  bool compressed = false;
  utf8_validator text;

  bool is_text() const noexcept { return opcode == websocket_opcode::text && !compressed; }

  /// Grows geometrically, so that a client pays for memory with bytes sent, but never beyond `max_size`.
  void append(std::span<const char> bytes, std::size_t max_size) {
    const auto needed = buffer.size() + bytes.size();
    if (needed > buffer.capacity()) {
      buffer.reserve(std::min(std::max({needed, 2 * buffer.capacity(), first_capacity}), max_size));
    }
    buffer.insert(buffer.end(), bytes.begin(), bytes.end());
  }
};

websocket_parser::websocket_parser(websocket_parser_options options) noexcept : options_(options) {}

websocket_parser::~websocket_parser() = default;

feed_result websocket_parser::feed(std::span<char> input, websocket_sink& sink) {
  auto result = consumed;
  while (!input.empty() && result.status == feed_status::consumed) result = step(input, sink);
  // If the sink has stopped it, the parser may be destroyed.
  if (result.status == feed_status::failed) partial_.reset();
  return result;
}

void websocket_parser::clear() noexcept { partial_.reset(); }

std::size_t websocket_parser::heap_size() const noexcept {
  return partial_ ? sizeof(partial) + partial_->buffer.capacity() : 0;
}

bool websocket_parser::within_message() const noexcept {
  return partial_ && partial_->opcode != websocket_opcode::continuation;
}

feed_result websocket_parser::step(std::span<char>& input, websocket_sink& sink) {
  if (partial_ && partial_->unread > 0) return continue_frame(input, sink);

  frame_header header{};
  if (const auto error = next_header(input, header)) return {feed_status::failed, *error};
  if (header.size == 0) return consumed;

  const bool stands_alone = is_control(header.opcode) || (header.fin && !within_message());
  if (stands_alone && header.payload_size <= input.size()) {
    return whole_frame(header, take(input, header.payload_size), sink);
  }
  begin_frame(header);
  return continue_frame(input, sink);
}

// -- headers ----------------------------------------------------------------------------------------------------------

/// Consumes a header, or the received part of one.
websocket_parser::failure websocket_parser::next_header(std::span<char>& input, frame_header& header) noexcept {
  const std::size_t kept = header_piece_size_;
  const auto added = input.first(std::min(input.size(), header_piece_.size() - kept));
  std::span<const char> bytes = added;
  if (kept != 0) {
    std::copy(added.begin(), added.end(), header_piece_.begin() + kept);
    bytes = std::span{header_piece_}.first(kept + added.size());
  }
  if (auto error = read_header(bytes, header)) return error;
  if (header.size == 0) {
    if (kept == 0) std::copy(added.begin(), added.end(), header_piece_.begin());
    header_piece_size_ = static_cast<std::uint8_t>(bytes.size());
    input = {};
  } else {
    header_piece_size_ = 0;
    input = input.subspan(header.size - kept);
  }
  return {};
}

/// Parses a header, and checks each part as soon as it has arrived.
websocket_parser::failure websocket_parser::read_header(std::span<const char> bytes,
                                                        frame_header& header) const noexcept {
  if (bytes.size() < 2) return {};
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  if (auto error = check_kind(byte(0), byte(1))) return error;
  header.opcode = static_cast<websocket_opcode>(byte(0) & 0x0F);
  header.fin = byte(0) & 0x80;
  header.rsv1 = byte(0) & 0x40;

  const unsigned length_code = byte(1) & 0x7F;
  const std::size_t extended_size = length_code == 127 ? 8 : length_code == 126 ? 2 : 0;
  if (bytes.size() < 2 + extended_size) return {};
  header.payload_size = extended_size == 0 ? length_code : 0;
  for (std::size_t i = 0; i < extended_size; ++i) header.payload_size = header.payload_size << 8 | byte(2 + i);
  const auto size = 2 + extended_size + header.mask.size();
  if (auto error = check_size(header, size)) return error;

  if (bytes.size() < size) return {};
  std::memcpy(header.mask.data(), bytes.data() + 2 + extended_size, header.mask.size());
  header.size = size;
  return {};
}

/// Checks the first two bytes of a frame (RFC 6455, 5.2, 5.4 and 5.5).
websocket_parser::failure websocket_parser::check_kind(unsigned first, unsigned second) const noexcept {
  const auto opcode = static_cast<websocket_opcode>(first & 0x0F);
  const bool begins_message = opcode == websocket_opcode::text || opcode == websocket_opcode::binary;
  const bool continues_message = opcode == websocket_opcode::continuation;

  if (first & 0x30) return protocol_error("reserved bit set");
  if ((first & 0x40) && !(options_.deflate && begins_message)) return protocol_error("RSV1 must not be set here");
  if (!(second & 0x80)) return protocol_error("frame is not masked");
  if (is_control(opcode)) {
    if (opcode > websocket_opcode::pong) return protocol_error("unknown opcode");
    if (!(first & 0x80)) return protocol_error("control frame in fragments");
    if ((second & 0x7F) > max_control_payload_size) return protocol_error("control frame over 125 bytes");
    return {};
  }
  if (continues_message && !within_message()) return protocol_error("continuation without a beginning");
  if (continues_message) return {};
  if (!begins_message) return protocol_error("unknown opcode");
  if (within_message()) return protocol_error("new message within a fragmented one");
  return {};
}

websocket_parser::failure websocket_parser::check_size(const frame_header& header,
                                                       std::size_t header_size) const noexcept {
  const auto size = header.payload_size;
  if (size >> 63) return protocol_error("length with its highest bit set");
  // RFC 6455, 5.2 requires the shortest form of a length. Phoenix's servers do not enforce it, and nothing depends on
  // it.
  if (size + header_size > options_.max_frame_size) return too_big("frame over the size limit");
  if (is_control(header.opcode)) return {};
  const auto earlier = partial_ ? partial_->buffer.size() : 0;
  if (size > options_.max_message_size - earlier) return too_big("message over the size limit");
  return {};
}

// -- payloads ---------------------------------------------------------------------------------------------------------

/// Passes on a frame that is a complete message and lies completely in the input.
feed_result websocket_parser::whole_frame(const frame_header& header, std::span<char> payload, websocket_sink& sink) {
  apply_mask(payload, header.mask);
  if (is_control(header.opcode)) return deliver_control(header.opcode, payload, sink);
  if (header.opcode == websocket_opcode::text && !header.rsv1 && !is_valid_utf8(as_text(payload))) return bad_text;
  return deliver_message(header.opcode, payload, header.rsv1, sink);
}

void websocket_parser::begin_frame(const frame_header& header) {
  if (!partial_) partial_ = std::make_unique<partial>();
  partial_->frame = header;
  partial_->unread = header.payload_size;
  partial_->frame_begin = partial_->buffer.size();
  if (is_control(header.opcode) || header.opcode == websocket_opcode::continuation) return;
  partial_->opcode = header.opcode;
  partial_->compressed = header.rsv1;
}

/// Consumes the received part of the current frame's payload.
feed_result websocket_parser::continue_frame(std::span<char>& input, websocket_sink& sink) {
  auto& frame = partial_->frame;
  const auto piece = take(input, partial_->unread);
  apply_mask(piece, frame.mask, frame.payload_size - partial_->unread);
  partial_->unread -= piece.size();
  if (is_control(frame.opcode)) {
    partial_->append(piece, partial_->frame_begin + frame.payload_size);
    return partial_->unread == 0 ? end_control_frame(sink) : consumed;
  }
  if (partial_->is_text() && !partial_->text.feed(as_text(piece))) return bad_text;
  partial_->append(piece, frame.fin ? partial_->frame_begin + frame.payload_size : options_.max_message_size);
  return partial_->unread == 0 && frame.fin ? end_message(sink) : consumed;
}

feed_result websocket_parser::end_control_frame(websocket_sink& sink) {
  const auto opcode = partial_->frame.opcode;
  const auto payload = std::span<const char>{partial_->buffer}.subspan(partial_->frame_begin);
  std::array<char, max_control_payload_size> copy;
  std::copy(payload.begin(), payload.end(), copy.begin());
  const auto size = payload.size();
  if (within_message()) {
    partial_->buffer.resize(partial_->frame_begin);
  } else {
    partial_.reset();
  }
  return deliver_control(opcode, std::span{copy}.first(size), sink);
}

feed_result websocket_parser::end_message(websocket_sink& sink) {
  const auto message = std::move(partial_);
  if (message->is_text() && !message->text.complete()) return bad_text;
  return deliver_message(message->opcode, message->buffer, message->compressed, sink);
}

}  // namespace bennu
