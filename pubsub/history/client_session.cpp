#include <bennu/pubsub/history/client_session.hpp>

#include <algorithm>
#include <random>

#include <bennu/runtime/base64url.hpp>
#include <bennu/runtime/bytes.hpp>

namespace bennu {

client_session client_session::begin(std::string_view earlier, stream_id own,
                                     const std::function<std::uint64_t(stream_id)>& end_of) {
  client_session made;
  made.own_ = own;
  if (auto last = parse(earlier)) {
    made.earlier_ = std::move(last->earlier_);
    if (made.earlier_.size() == max_earlier) made.earlier_.erase(made.earlier_.begin());
    made.earlier_.push_back({last->tag_, last->own_, end_of(last->own_)});
  }
  std::random_device source;
  while (made.tag_ == no_tag) made.tag_ = std::uint64_t{source()} << 32 | source();
  return made;
}

bool client_session::has_sent(std::uint64_t tag, stream_id stream, std::uint64_t seq) const noexcept {
  if (tag == no_tag) return false;
  return std::any_of(earlier_.begin(), earlier_.end(),
                     [&](const earlier_join& one) { return one.tag == tag && one.stream == stream && seq <= one.end; });
}

std::string client_session::text() const {
  std::string bytes;
  append_number(bytes, tag_);
  append_number(bytes, static_cast<std::uint64_t>(own_));
  for (const auto& one : earlier_) {
    append_number(bytes, one.tag);
    append_number(bytes, static_cast<std::uint64_t>(one.stream));
    append_number(bytes, one.end);
  }
  std::string text;
  append_base64url(text, bytes);
  return text;
}

std::optional<client_session> client_session::parse(std::string_view text) {
  constexpr std::size_t max_text_bytes = 256;
  if (text.size() > max_text_bytes) return std::nullopt;
  const auto bytes = from_base64url(text);
  if (!bytes) return std::nullopt;
  byte_reader from{*bytes};
  client_session result;
  result.tag_ = from.number<std::uint64_t>();
  result.own_ = static_cast<stream_id>(from.number<std::uint64_t>());
  while (!from.failed() && !from.at_end() && result.earlier_.size() < max_earlier) {
    const auto tag = from.number<std::uint64_t>();
    const auto stream = static_cast<stream_id>(from.number<std::uint64_t>());
    result.earlier_.push_back({tag, stream, from.number<std::uint64_t>()});
  }
  if (from.failed() || !from.at_end() || result.tag_ == no_tag) return std::nullopt;
  return result;
}

}  // namespace bennu
