#include <bennu/pubsub/history/history_message.hpp>

#include <algorithm>
#include <utility>

#include <bennu/pubsub/remote_message.hpp>
#include <bennu/runtime/bytes.hpp>

namespace bennu {

namespace {

using std::chrono::milliseconds;

constexpr char version = 1;
enum class kind : char { pull = 1, answer = 2, farewell = 3 };

void append_stream(std::string& out, stream_id id) { append_number(out, static_cast<std::uint64_t>(id)); }

void append_age(std::string& out, milliseconds age) { append_number(out, static_cast<std::uint64_t>(age.count())); }

template <class List>
void append_size(std::string& out, const List& list) {
  append_number(out, static_cast<std::uint32_t>(list.size()));
}

void append(std::string& out, const history_message::pull& m) {
  append_number(out, m.id);
  append_number(out, static_cast<std::uint8_t>(m.is_after_loss ? 1 : 0));
  for (const auto& topic : m.topics) {
    append_text(out, topic.name);
    append_size(out, topic.have);
    for (const auto& one : topic.have) {
      append_stream(out, one.stream);
      append_number(out, one.seq);
    }
  }
}

void append(std::string& out, const history_message::message& m) {
  append_stream(out, m.stream);
  append_number(out, m.seq);
  append_number(out, m.session);
  append_age(out, m.age);
  std::string content;
  encode_remote(content, m.content->value());
  append_text(out, content);
}

void append(std::string& out, const history_message::answer& m) {
  append_number(out, m.id);
  for (const auto& part : m.parts) {
    append_text(out, part.topic);
    append_number(out, static_cast<std::uint8_t>(part.is_last ? 1 : 0));
    append_size(out, part.streams);
    for (const auto& one : part.streams) {
      append_stream(out, one.id);
      append_number(out, one.have);
      append_age(out, one.age);
    }
    append_size(out, part.messages);
    for (const auto& one : part.messages) append(out, one);
  }
}

void append(std::string&, const history_message::farewell&) {}

stream_id read_stream(byte_reader& from) { return static_cast<stream_id>(from.number<std::uint64_t>()); }

/// An age beyond 30 years counts as that, so that arithmetic with times does not overflow.
milliseconds read_age(byte_reader& from) {
  constexpr std::uint64_t most = std::uint64_t{1} << 40;
  return milliseconds{static_cast<std::int64_t>(std::min(from.number<std::uint64_t>(), most))};
}

std::optional<history_message::pull::topic> read_topic(byte_reader& from) {
  history_message::pull::topic result;
  result.name = from.text();
  for (auto left = from.number<std::uint32_t>(); left > 0 && !from.failed(); --left) {
    const auto stream = read_stream(from);
    result.have.push_back({stream, from.number<std::uint64_t>()});
  }
  const auto is_before = [](const position::place& a, const position::place& b) { return a.stream < b.stream; };
  const bool is_sorted = std::is_sorted(result.have.begin(), result.have.end(), is_before);
  return from.failed() || !is_sorted ? std::nullopt : std::optional{std::move(result)};
}

std::optional<history_message::message> read_message(byte_reader& from, std::string_view topic, std::size_t depth) {
  history_message::message result{read_stream(from), from.number<std::uint64_t>(), from.number<std::uint64_t>(),
                                  read_age(from)};
  const auto content = from.text();
  if (from.failed() || result.seq == 0) return std::nullopt;
  auto decoded = decode_remote(content, depth);
  auto* const event = decoded ? std::get_if<broadcast>(&decoded->content) : nullptr;
  if (event == nullptr || event->topic != topic) return std::nullopt;
  result.bytes = content.size();
  result.content = make_ref<shared_broadcast>(std::move(*event));
  return result;
}

std::optional<history_message::part> read_part(byte_reader& from, std::size_t depth) {
  history_message::part result;
  result.topic = from.text();
  result.is_last = from.number<std::uint8_t>() != 0;
  for (auto left = from.number<std::uint32_t>(); left > 0 && !from.failed(); --left) {
    const auto id = read_stream(from);
    const auto have = from.number<std::uint64_t>();
    result.streams.push_back({id, have, read_age(from)});
  }
  for (auto left = from.number<std::uint32_t>(); left > 0 && !from.failed(); --left) {
    auto one = read_message(from, result.topic, depth);
    if (!one) return std::nullopt;
    result.messages.push_back(std::move(*one));
  }
  return from.failed() ? std::nullopt : std::optional{std::move(result)};
}

std::optional<history_message> read_pull(byte_reader& from) {
  history_message::pull result{from.number<std::uint64_t>(), from.number<std::uint8_t>() != 0, {}};
  while (!from.at_end()) {
    auto topic = read_topic(from);
    if (!topic) return std::nullopt;
    result.topics.push_back(std::move(*topic));
  }
  return from.failed() ? std::nullopt : std::optional{history_message{std::move(result)}};
}

std::optional<history_message> read_answer(byte_reader& from, std::size_t depth) {
  history_message::answer result{from.number<std::uint64_t>(), {}};
  while (!from.at_end()) {
    auto part = read_part(from, depth);
    if (!part) return std::nullopt;
    result.parts.push_back(std::move(*part));
  }
  return from.failed() ? std::nullopt : std::optional{history_message{std::move(result)}};
}

kind kind_of(const history_message& message) noexcept {
  return static_cast<kind>(static_cast<char>(message.body.index()) + static_cast<char>(kind::pull));
}

}  // namespace

std::string encode_history(const history_message& message) {
  std::string out{version, static_cast<char>(kind_of(message))};
  std::visit([&](const auto& body) { append(out, body); }, message.body);
  return out;
}

std::optional<history_message> decode_history(std::string_view bytes, std::size_t max_json_depth) {
  byte_reader from{bytes};
  if (from.number<char>() != version) return std::nullopt;
  switch (static_cast<kind>(from.number<char>())) {
    case kind::pull:
      return read_pull(from);
    case kind::answer:
      return read_answer(from, max_json_depth);
    case kind::farewell:
      return from.failed() || !from.at_end() ? std::nullopt
                                             : std::optional{history_message{history_message::farewell{}}};
  }
  return std::nullopt;
}

}  // namespace bennu
