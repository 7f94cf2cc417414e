#include "frames.hpp"

#include <cstddef>
#include <cstring>
#include <utility>

namespace load {

namespace {

constexpr unsigned fin_bit = 0x80;
constexpr unsigned mask_bit = 0x80;
constexpr std::size_t longest_header = 10;

/// The header of a server's frame. `size` is 0 if it is incomplete.
struct header {
  bool fin = false;
  opcode kind = opcode::continuation;
  std::size_t size = 0;
  std::uint64_t payload = 0;
};

header read_header(std::string_view bytes) {
  header result;
  if (bytes.size() < 2) return result;
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(bytes[i]); };
  result.fin = (byte(0) & fin_bit) != 0;
  result.kind = static_cast<opcode>(byte(0) & 0x0F);
  const unsigned code = byte(1);
  const std::size_t more = code == 127 ? 8 : code == 126 ? 2 : 0;
  if (bytes.size() < 2 + more) return result;
  result.payload = more == 0 ? code : 0;
  for (std::size_t i = 0; i < more; ++i) result.payload = result.payload << 8 | byte(2 + i);
  result.size = 2 + more;
  return result;
}

/// True for a valid header of a server: without mask and without compression, which the client has not offered. Control
/// frames are not fragmented.
bool is_legal(std::string_view bytes, bool within_message) {
  const auto first = static_cast<unsigned char>(bytes[0]);
  const auto kind = static_cast<opcode>(first & 0x0F);
  if ((first & 0x70) != 0 || (static_cast<unsigned char>(bytes[1]) & mask_bit) != 0) return false;
  switch (kind) {
    case opcode::continuation:
      return within_message;
    case opcode::text:
    case opcode::binary:
      return !within_message;
    case opcode::close:
    case opcode::ping:
    case opcode::pong:
      return (first & fin_bit) != 0;
  }
  return false;
}

}  // namespace

void append_frame(std::string& out, opcode kind, std::string_view payload, std::uint32_t mask) {
  char head[longest_header + sizeof mask];
  std::size_t size = 0;
  const auto put = [&](std::uint64_t value, int bytes) {
    while (bytes-- > 0) head[size++] = static_cast<char>(value >> (8 * bytes) & 0xFF);
  };
  put(fin_bit | static_cast<unsigned>(kind), 1);
  if (payload.size() < 126) {
    put(mask_bit | payload.size(), 1);
  } else if (payload.size() <= 0xFFFF) {
    put(mask_bit | 126, 1);
    put(payload.size(), 2);
  } else {
    put(mask_bit | 127, 1);
    put(payload.size(), 8);
  }
  put(mask, sizeof mask);
  const char* const key = head + size - sizeof mask;
  out.append(head, size);
  const auto begin = out.size();
  out += payload;
  for (std::size_t i = 0; i < payload.size(); ++i) out[begin + i] = static_cast<char>(out[begin + i] ^ key[i % 4]);
}

bool frame_reader::feed(std::string_view bytes, const sink& to) {
  std::string joined;
  if (!rest_.empty()) {
    joined = std::exchange(rest_, {});
    joined += bytes;
    bytes = joined;
  }
  for (;;) {
    const auto h = read_header(bytes);
    if (bytes.size() >= 2 && !is_legal(bytes, kind_ != opcode::continuation)) return false;
    if (h.size == 0 || bytes.size() - h.size < h.payload) break;
    const auto payload = bytes.substr(h.size, static_cast<std::size_t>(h.payload));
    bytes.remove_prefix(h.size + payload.size());
    const bool control = h.kind >= opcode::close;
    if (control || (h.fin && h.kind != opcode::continuation)) {
      if (!to(h.kind, payload)) return true;
      continue;
    }
    if (h.kind != opcode::continuation) kind_ = h.kind;
    message_ += payload;
    if (!h.fin) continue;
    const auto whole = std::exchange(message_, {});
    if (!to(std::exchange(kind_, opcode::continuation), whole)) return true;
  }
  rest_ = bytes;
  return true;
}

}  // namespace load
