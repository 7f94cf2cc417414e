#include <bennu/channels/testing/internal/client.hpp>

#include <algorithm>
#include <utility>

#include <bennu/channels/testing/internal/node.hpp>

namespace bennu::testing {

namespace {

/// assets/js/phoenix/socket.js, heartbeatIntervalMs
constexpr std::chrono::seconds heartbeat_interval{30};

using state = channel_state;

/// The position that a message of the server has in place of a reference; null if it has none.
const std::string* position_in(const server_message& m) {
  const auto* const ref = m.ref.if_string();
  return ref != nullptr && ref->starts_with('@') ? ref : nullptr;
}

}  // namespace

client::client(schedule& order, transcript& events, node& server, std::string name, wire_format format)
    : order_(order), events_(events), server_(server), name_(std::move(name)), format_(format) {}

client::~client() {
  if (line_ != nullptr) line_->cut();
}

void client::start(std::shared_ptr<client_line> line) {
  line_ = std::move(line);
  beat_later();
}

void client::beat_later() {
  order_.run_at(order_.now() + heartbeat_interval, [this] {
    if (!open_ || !heartbeats_) return;
    heartbeat();
    beat_later();
  });
}

// -- sending ----------------------------------------------------------------------------------------------------------

client_join& client::join(const std::string& topic, const payload& params) {
  server_.watch(topic);
  const auto ref = next_ref();
  auto& made = joins_.emplace_back(client_join{*this, topic, ref, state::joining, params, {}, {}, {}, {}});
  const auto message = encode_message(format_, ref, ref, topic, "phx_join", params);
  send(message.kind, message.bytes);
  return made;
}

push_ref client::push(const json& join_ref, const std::string& topic, std::string_view event, const payload& content) {
  const auto ref = next_ref();
  const auto message = encode_message(format_, join_ref, ref, topic, std::string{event}, content);
  send(message.kind, message.bytes);
  return {ref};
}

push_ref client::push(client_join& of, std::string_view event, const payload& content) {
  if (event == "phx_leave") of.at = state::leaving;
  return push(of.join_ref, of.topic, event, content);
}

push_ref client::heartbeat() { return push({}, "phoenix", "heartbeat", {}); }

void client::send(message_kind kind, std::string bytes) {
  note("->", kind, bytes);
  line_->write(kind, std::move(bytes));
}

void client::close(close_code code) {
  events_.add(name_, "-> close " + std::to_string(static_cast<int>(code)));
  line_->hang_up(code);
}

void client::read(bool wanted) {
  events_.add(name_, wanted ? "reads again" : "reads no more");
  line_->read(wanted);
}

// -- receiving --------------------------------------------------------------------------------------------------------

void client::on_frame(message_kind kind, std::string_view bytes) {
  note("<-", kind, bytes);
  frames_.emplace_back(bytes);
  receive(decode_message(format_, kind, bytes));
}

void client::on_closed(std::optional<close_code> code) {
  open_ = false;
  closed_with_ = code;
  events_.add(name_, code ? "<- close " + std::to_string(static_cast<int>(*code)) : "is cut off");
  for (auto& j : joins_) {
    if (j.at != state::closed) j.at = state::errored;
  }
}

void client::receive(server_message&& m) {
  if (m.reply) return receive_reply(m);
  for (auto& join : joins_) {
    if (!concerns(join, m)) continue;
    const auto* const position = position_in(m);
    if (position != nullptr && join.at == state::joined) join.position = *position;
    if (m.event == "$position") continue;
    if (m.event == "phx_close") {
      join.at = state::closed;
    } else if (m.event == "phx_error") {
      join.at = state::errored;
    } else {
      join.events.add({m.topic, m.event, m.payload});
    }
  }
}

void client::receive_reply(const server_message& m) {
  const auto* ref = m.ref.if_string();
  if (ref == nullptr) return;
  replies_.emplace(*ref, *m.reply);
  const auto join =
      std::find_if(joins_.begin(), joins_.end(), [&](const client_join& j) { return j.join_ref == *ref; });
  if (join == joins_.end() || join->reply) return;
  join->reply = m.reply;
  if (join->at == state::joining) join->at = m.reply->status == ok ? state::joined : state::errored;
  if (join->at == state::joined) receive_history(*join);
}

/// Takes the position out of the answer to a join that has asked for history.
void client::receive_history(client_join& join) {
  const auto* const answer = join.reply->body.if_json();
  if (answer == nullptr || !(*answer)["history"].is_object()) return;
  join.position = (*answer)["history"].as_string("at");
  join.session = (*answer)["history"].as_string("session");
}

/// Returns true if the message is for this join. A message with a reference is for the join that it names, also when
/// that join is over. A message without one is a broadcast, for the topic's join that is not over
/// (assets/js/phoenix/channel.js, isMember). In version 1 messages name no join, and each is for the latest.
bool client::concerns(const client_join& join, const server_message& m) const {
  if (join.topic != m.topic) return false;
  if (!m.join_ref.is_null()) return m.join_ref == json{join.join_ref};
  if (m.ref.is_string() && position_in(m) == nullptr) return m.ref == json{join.join_ref};
  return join.at != state::closed && join.at != state::errored;
}

std::vector<reply_t> client::replies_to(const push_ref& to) const {
  std::vector<reply_t> result;
  const auto [first, last] = replies_.equal_range(to.value);
  for (auto i = first; i != last; ++i) result.push_back(i->second);
  return result;
}

/// Records a message, except heartbeats, which would hide all others.
void client::note(std::string_view arrow, message_kind kind, std::string_view bytes) {
  if (bytes.find("\"phoenix\",\"heartbeat\"") != bytes.npos || bytes.find("\"phoenix\",\"phx_reply\"") != bytes.npos)
    return;
  const auto text = kind == message_kind::text ? std::string{bytes} : readable(binary{std::string{bytes}});
  events_.add(name_, std::string{arrow} + " " + text);
}

}  // namespace bennu::testing
