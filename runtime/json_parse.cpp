// JSON text as values.
#include <bennu/runtime/json_parse.hpp>

#include <algorithm>
#include <cstddef>
#include <optional>
#include <span>
#include <string>
#include <utility>

// SSE2 is part of x86-64.
#if defined(__SSE2__)
#define RAPIDJSON_SSE2
#include <emmintrin.h>
#endif
#include <rapidjson/error/en.h>
#include <rapidjson/reader.h>

#include <bennu/runtime/internal/json_builder.hpp>

namespace bennu {

namespace {

/// The bytes that RapidJSON reads at once when it searches for the end of a string. So it reads a little beyond the
/// text.
constexpr std::size_t simd_width = 16;

constexpr std::size_t kept_scratch_bytes = 64 * 1024;

bool has_escapes(std::string_view text) { return text.find('\\') != std::string_view::npos; }

#if defined(RAPIDJSON_SSE2)
/// True if a byte of the text is less than a space.
/// @param text in memory that `operator new` gave, for whole blocks are read where they are aligned
bool has_control(std::string_view text) {
  const auto* const blocks = reinterpret_cast<const __m128i*>(text.data());
  const auto count = text.size() / simd_width;
  const auto space = _mm_set1_epi8(' ');
  auto least = space;
  auto other = space;
  std::size_t i = 0;
  for (; i + 8 <= count; i += 8) {
    least = _mm_min_epu8(_mm_min_epu8(least, blocks[i]), blocks[i + 1]);
    other = _mm_min_epu8(_mm_min_epu8(other, blocks[i + 2]), blocks[i + 3]);
    least = _mm_min_epu8(_mm_min_epu8(least, blocks[i + 4]), blocks[i + 5]);
    other = _mm_min_epu8(_mm_min_epu8(other, blocks[i + 6]), blocks[i + 7]);
  }
  for (; i < count; ++i) least = _mm_min_epu8(least, blocks[i]);
  if (count > 0) {
    const auto last = reinterpret_cast<const __m128i*>(text.data() + text.size() - simd_width);
    least = _mm_min_epu8(_mm_min_epu8(least, other), _mm_loadu_si128(last));
    return _mm_movemask_epi8(_mm_cmpeq_epi8(least, space)) != 0xFFFF;
  }
  return std::any_of(text.begin(), text.end(), [](char c) { return static_cast<unsigned char>(c) < ' '; });
}

/// Finds a control character that may stand nowhere in a JSON text, neither in a string nor between values, and that
/// RapidJSON 1.1 overlooks in strings of 16 bytes and more: 0x1A to 0x1F.
/// @returns its position, or nothing
std::optional<std::size_t> find_overlooked_control(std::string_view text) {
  if (!has_control(text)) return std::nullopt;
  const auto found = std::find_if(text.begin(), text.end(), [](char c) { return c >= 0x1a && c <= 0x1f; });
  if (found == text.end()) return std::nullopt;
  return static_cast<std::size_t>(found - text.begin());
}
#endif

/// @returns the first error in the text, or nothing
std::optional<json_parse_error> read_json(std::string_view text, json_builder& values) {
  // RapidJSON's own conversion of numbers runs into undefined behaviour for some forms of zero, such as 0e99.
  constexpr unsigned flags = rapidjson::kParseNumbersAsStringsFlag | rapidjson::kParseInsituFlag;
  // Parses in place, in memory that the thread keeps, which saves a copy of every string.
  thread_local std::string scratch;
  scratch.assign(text);
  scratch.append(simd_width, '\0');
#if defined(RAPIDJSON_SSE2)
  if (const auto found = find_overlooked_control({scratch.data(), text.size()})) {
    return json_parse_error{*found, "a control character stands in the text"};
  }
#endif
  rapidjson::InsituStringStream stream{scratch.data()};
  rapidjson::Reader reader;
  const auto result = reader.Parse<flags>(stream, values);
  const auto end = stream.Tell();
  if (scratch.capacity() > kept_scratch_bytes) scratch = {};
  if (!result) {
    const bool is_ours = result.Code() == rapidjson::kParseErrorTermination;
    return json_parse_error{result.Offset(),
                            is_ours ? values.problem() : std::string{rapidjson::GetParseError_En(result.Code())}};
  }
  if (end < text.size()) return json_parse_error{end, "there is more text after the value"};
  return std::nullopt;
}

}  // namespace

std::variant<json, json_parse_error> parse_json(std::string_view text, std::size_t max_depth) {
  json_builder values{max_depth, has_escapes(text)};
  if (auto error = read_json(text, values)) return std::move(*error);
  return values.take();
}

std::variant<std::size_t, json_parse_error> parse_json_array(std::string_view text, std::size_t max_depth,
                                                             std::span<json> first) {
  json_builder values{max_depth, has_escapes(text), first};
  if (auto error = read_json(text, values)) return std::move(*error);
  return values.elements();
}

}  // namespace bennu
