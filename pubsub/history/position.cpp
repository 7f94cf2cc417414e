#include <bennu/pubsub/history/position.hpp>

#include <algorithm>
#include <random>

#include <bennu/pubsub/topic_hash.hpp>
#include <bennu/runtime/base64url.hpp>
#include <bennu/runtime/bytes.hpp>

namespace bennu {

namespace {

constexpr char complete_version = 1;
constexpr char partial_version = 2;

constexpr std::size_t id_bytes = 6;
constexpr std::uint64_t id_mask = (std::uint64_t{1} << 8 * id_bytes) - 1;

/// The bytes whose base64url is as long as the text of a position may be behind the "@".
constexpr std::size_t max_bytes = (position::max_text_bytes - 1) / 4 * 3;

bool is_before(const position::place& one, stream_id stream) noexcept { return one.stream < stream; }

void append_varint(std::string& out, std::uint64_t value) {
  for (; value >= 0x80; value >>= 7) out.push_back(static_cast<char>(value | 0x80));
  out.push_back(static_cast<char>(value));
}

/// @returns nothing if the bytes end too early, or if a shorter varint has the same value
std::optional<std::uint64_t> take_varint(byte_reader& from) {
  std::uint64_t value = 0;
  for (unsigned shift = 0; shift < 64; shift += 7) {
    const auto byte = from.number<std::uint8_t>();
    if (from.failed()) return std::nullopt;
    const std::uint64_t bits = byte & 0x7fU;
    if (bits << shift >> shift != bits) return std::nullopt;
    value |= bits << shift;
    if ((byte & 0x80U) == 0) return byte != 0 || shift == 0 ? std::optional{value} : std::nullopt;
  }
  return std::nullopt;
}

void append_place(std::string& out, const position::place& one) {
  auto id = static_cast<std::uint64_t>(one.stream);
  for (std::size_t i = 0; i < id_bytes; ++i, id >>= 8) out.push_back(static_cast<char>(id));
  append_varint(out, one.seq);
}

std::optional<position::place> take_place(byte_reader& from) {
  std::uint64_t id = 0;
  for (std::size_t i = 0; i < id_bytes; ++i) id |= std::uint64_t{from.number<std::uint8_t>()} << 8 * i;
  const auto seq = take_varint(from);
  if (!seq) return std::nullopt;
  return position::place{static_cast<stream_id>(id), *seq};
}

}  // namespace

stream_id random_stream_id() {
  std::random_device source;
  return static_cast<stream_id>((std::uint64_t{source()} << 32 | source()) & id_mask);
}

std::uint16_t position::tag_of(std::string_view topic) noexcept {
  return static_cast<std::uint16_t>(topic_hash(topic) >> 48);
}

std::optional<std::uint64_t> position::in(stream_id stream) const noexcept {
  const auto found = std::find_if(streams.begin(), streams.end(), [&](const place& p) { return p.stream == stream; });
  return found == streams.end() ? std::nullopt : std::optional{found->seq};
}

bool covers(const std::vector<position::place>& seen, stream_id stream, std::uint64_t seq) noexcept {
  const auto found = std::lower_bound(seen.begin(), seen.end(), stream, is_before);
  return found != seen.end() && found->stream == stream && seq <= found->seq;
}

void raise(std::vector<position::place>& to, const std::vector<position::place>& by) {
  for (const auto& one : by) {
    const auto found = std::lower_bound(to.begin(), to.end(), one.stream, is_before);
    if (found == to.end() || found->stream != one.stream) {
      to.insert(found, one);
    } else {
      found->seq = std::max(found->seq, one.seq);
    }
  }
}

std::string to_text(const position& of) {
  std::string bytes{of.partial ? partial_version : complete_version};
  append_number(bytes, of.topic);
  append_number(bytes, static_cast<std::uint32_t>(of.stamp.count()));
  for (const auto& one : of.streams) {
    const auto before = bytes.size();
    append_place(bytes, one);
    if (bytes.size() <= max_bytes) continue;
    bytes.resize(before);
    bytes.front() = partial_version;
    break;
  }
  std::string text{'@'};
  append_base64url(text, bytes);
  return text;
}

std::optional<position> parse_position(std::string_view text) {
  if (text.size() > position::max_text_bytes || !text.starts_with('@') || text.ends_with('=')) return std::nullopt;
  const auto bytes = from_base64url(text.substr(1));
  if (!bytes) return std::nullopt;
  byte_reader from{*bytes};
  const auto version = from.number<char>();
  if (version != complete_version && version != partial_version) return std::nullopt;
  position result{
      from.number<std::uint16_t>(), std::chrono::seconds{from.number<std::uint32_t>()}, {}, version == partial_version};
  if (from.failed()) return std::nullopt;
  while (!from.at_end()) {
    const auto one = take_place(from);
    if (!one) return std::nullopt;
    if (!result.streams.empty() && result.streams.back().stream >= one->stream) return std::nullopt;
    result.streams.push_back(*one);
  }
  return result;
}

}  // namespace bennu
