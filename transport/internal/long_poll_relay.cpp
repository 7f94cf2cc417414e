#include <bennu/transport/internal/long_poll_relay.hpp>

#include <bennu/transport/internal/base64.hpp>

namespace bennu {

namespace {

/// What nodes say to each other about sessions: a byte for the kind, the question's number (8 bytes), and
///
///     poll    path, token
///     post    path, token; then each message: 1 byte, 1 where it is binary, and itself
///     answer  status (2), 1 byte: 1 where `taken` is awaited; the body
///     taken   1 byte: 1 where the client got the answer
enum class kind : char { poll = 'p', post = 'm', answer = 'a', taken = 't' };

std::string begin(kind what, std::uint64_t id) {
  std::string out(1, static_cast<char>(what));
  append_number(out, id);
  return out;
}

std::string encode(std::uint64_t id, const long_poll_question& what) {
  auto out = begin(what.post ? kind::post : kind::poll, id);
  append_text(out, what.path);
  append_text(out, what.token);
  if (!what.post) return out;
  for (const auto& message : *what.post) {
    append_number(out, static_cast<char>(message.kind == message_kind::binary));
    append_text(out, message.bytes);
  }
  return out;
}

/// What is answered where a node says nothing: the client asks again.
long_poll_status silence_to(const long_poll_question& what) {
  return what.post ? long_poll_status::timed_out : long_poll_status::no_content;
}

/// @returns false where a node would have more than `most`; one that has nothing yet may have that much at once
bool take_share(std::map<std::string, std::size_t>& of, const std::string& node, std::size_t bytes, std::size_t most) {
  auto& used = of[node];
  if (used > 0 && used + bytes > most) return false;
  used += bytes;
  return true;
}

void give_share_back(std::map<std::string, std::size_t>& of, const std::string& node, std::size_t bytes) {
  const auto found = of.find(node);
  if (bytes == 0 || found == of.end()) return;
  found->second -= bytes;
  if (found->second == 0) of.erase(found);
}

std::optional<long_poll_question> decode_question(kind which, byte_reader& from) {
  long_poll_question what;
  what.path = from.text();
  what.token = from.text();
  if (which == kind::post) what.post.emplace();
  while (which == kind::post && !from.failed() && !from.at_end()) {
    const auto form = from.number<char>() == 1 ? message_kind::binary : message_kind::text;
    what.post->push_back({form, std::string{from.text()}});
  }
  if (from.failed()) return std::nullopt;
  return what;
}

}  // namespace

std::string answer_to(const long_poll_question& what, long_poll_status status,
                      std::span<const ref<const frame>> messages) {
  return what.post ? long_poll_answer(status) : long_poll_answer(status, what.token, messages);
}

long_poll_relay::long_poll_relay(std::shared_ptr<long_poll_nodes> nodes, session ask_here,
                                 std::chrono::milliseconds taken_timeout, std::size_t max_bytes)
    : nodes_(std::move(nodes)), ask_here_(std::move(ask_here)), taken_timeout_(taken_timeout), max_bytes_(max_bytes) {}

std::string long_poll_relay::token_of(std::string secret) const {
  return std::move(secret) + '.' + base64_url_encode(nodes_->self());
}

std::optional<std::string> long_poll_relay::node_of(std::string_view token) const {
  const auto dot = token.find('.');
  if (dot == std::string_view::npos) return std::nullopt;
  auto node = base64_decode(token.substr(dot + 1));
  if (!node || *node == nodes_->self()) return std::nullopt;
  return node;
}

// -- the node that is asked by a client -------------------------------------------------------------------------------

void long_poll_relay::ask(event_loop& loop, const std::string& node, long_poll_question what,
                          std::chrono::milliseconds limit, answer then) {
  std::string question;
  std::uint64_t id = 0;
  {
    std::unique_lock lock{mutex_};
    id = ++asked_;
    question = encode(id, what);
    const auto bytes = what.post ? question.size() : 0;  // polls are small, and one for each connection at most
    if (what.post) what.post->clear();
    if (what.post ? !take_share(asked_bytes_, node, bytes, max_bytes_) : polls_ended_) {
      lock.unlock();
      return then(silence_to(what), answer_to(what, silence_to(what)), {});
    }
    const auto timer = loop.run_after(limit, [self = weak_from_this(), id] {
      if (const auto relay = self.lock()) relay->on_silence(id);
    });
    waiting_.emplace(id, waiting{&loop, timer, node, std::move(what), std::move(then), bytes});
  }
  if (!nodes_->send(node, question)) settle(id, long_poll_status::gone);
}

/// The session may be there all the same, or the node is about to be found lost.
void long_poll_relay::on_silence(std::uint64_t id) {
  if (auto found = take(id)) {
    const auto status = silence_to(found->what);
    finish(std::move(*found), status);
  }
}

void long_poll_relay::settle(std::uint64_t id, long_poll_status status) {
  if (auto found = take(id)) finish(std::move(*found), status);
}

void long_poll_relay::end_polls() {
  {
    const std::lock_guard lock{mutex_};
    polls_ended_ = true;
  }
  for (const auto id : ids_where([](const waiting& one) { return !one.what.post; })) {
    settle(id, long_poll_status::no_content);
  }
}

void long_poll_relay::on_answer(const std::string& node, byte_reader& from, std::uint64_t id) {
  const auto status = static_cast<long_poll_status>(from.number<std::uint16_t>());
  const bool confirm = from.number<char>() == 1;
  const auto body = from.rest();
  if (from.failed()) return;
  std::function<void(bool)> on_taken;
  if (confirm) {
    on_taken = [self = weak_from_this(), node, id](bool taken) {
      if (const auto relay = self.lock()) relay->send_taken(node, id, taken);
    };
  }
  auto found = take(id);
  if (!found) return on_taken ? on_taken(false) : void();
  finish(std::move(*found), status, std::string{body}, std::move(on_taken));
}

std::vector<std::uint64_t> long_poll_relay::ids_where(const std::function<bool(const waiting&)>& holds) {
  const std::lock_guard lock{mutex_};
  std::vector<std::uint64_t> ids;
  for (const auto& [id, one] : waiting_) {
    if (holds(one)) ids.push_back(id);
  }
  return ids;
}

std::optional<long_poll_relay::waiting> long_poll_relay::take(std::uint64_t id) {
  const std::lock_guard lock{mutex_};
  auto found = waiting_.extract(id);
  if (found.empty()) return std::nullopt;
  give_share_back(asked_bytes_, found.mapped().node, found.mapped().bytes);
  return std::move(found.mapped());
}

void long_poll_relay::finish(waiting whose, long_poll_status status) {
  auto body = answer_to(whose.what, status);
  finish(std::move(whose), status, std::move(body), {});
}

void long_poll_relay::finish(waiting whose, long_poll_status status, std::string body,
                             std::function<void(bool)> on_taken) {
  auto& loop = *whose.loop;
  auto end = [whose = std::move(whose), status, body = std::move(body), on_taken = std::move(on_taken)]() mutable {
    whose.loop->cancel(whose.timer);
    whose.then(status, std::move(body), std::move(on_taken));
  };
  if (loop.is_current()) return end();
  loop.post(std::move(end));
}

// -- the node that has the session ------------------------------------------------------------------------------------

void long_poll_relay::on_question(const std::string& node, long_poll_question what, std::uint64_t id) {
  auto nothing = answer_to(what, silence_to(what));
  ask_here_(std::move(what), [self = weak_from_this(), whose = question_id{node, id}, nothing = std::move(nothing)](
                                 auto status, auto body, auto on_taken) {
    const auto relay = self.lock();
    if (relay && (!on_taken || relay->await_taken(whose, body.size(), on_taken))) {
      relay->send_answer(whose, status, body, on_taken != nullptr);
      return;
    }
    if (relay) relay->send_answer(whose, long_poll_status::no_content, nothing, false);
    if (on_taken) on_taken(false);
  });
}

void long_poll_relay::send_answer(const question_id& to, long_poll_status status, std::string_view body, bool confirm) {
  auto out = begin(kind::answer, to.second);
  append_number(out, static_cast<std::uint16_t>(status));
  append_number(out, static_cast<char>(confirm));
  out += body;
  if (!nodes_->send(to.first, out) && confirm) tell_taken(to, false);
}

/// Waits for the word that the client got an answer. A session answers on its own loop, where the timer is then.
/// @returns false where too much is on its way to that node
bool long_poll_relay::await_taken(const question_id& whose, std::size_t bytes, const std::function<void(bool)>& tell) {
  const std::lock_guard lock{mutex_};
  if (!take_share(answered_bytes_, whose.first, bytes, max_bytes_)) return false;
  untaken one{tell, event_loop::current(), {}, bytes};
  if (one.loop != nullptr) {
    one.timer = one.loop->run_after(taken_timeout_, [self = weak_from_this(), whose] {
      if (const auto relay = self.lock()) relay->tell_taken(whose, false);
    });
  }
  untaken_.insert_or_assign(whose, std::move(one));
  return true;
}

void long_poll_relay::tell_taken(const question_id& whose, bool taken) {
  untaken one;
  {
    const std::lock_guard lock{mutex_};
    const auto found = untaken_.extract(whose);
    if (found.empty()) return;
    one = std::move(found.mapped());
    give_share_back(answered_bytes_, whose.first, one.bytes);
  }
  one.tell(taken);
  if (one.loop == nullptr) return;
  if (one.loop->is_current()) return one.loop->cancel(one.timer);
  one.loop->post([loop = one.loop, timer = one.timer] { loop->cancel(timer); });
}

void long_poll_relay::send_taken(const std::string& node, std::uint64_t id, bool taken) {
  auto out = begin(kind::taken, id);
  append_number(out, static_cast<char>(taken));
  nodes_->send(node, out);
}

// -- the port ---------------------------------------------------------------------------------------------------------

void long_poll_relay::on_message(const std::string& node, std::string_view what) {
  byte_reader from{what};
  const auto which = static_cast<kind>(from.number<char>());
  const auto id = from.number<std::uint64_t>();
  if (which == kind::poll || which == kind::post) {
    if (auto question = decode_question(which, from)) on_question(node, std::move(*question), id);
  } else if (which == kind::answer) {
    on_answer(node, from, id);
  } else if (which == kind::taken && !from.failed()) {
    tell_taken({node, id}, from.number<char>() == 1);
  }
}

void long_poll_relay::on_node_down(const std::string& node) {
  for (const auto id : ids_where([&](const waiting& one) { return one.node == node; })) {
    settle(id, long_poll_status::gone);
  }
  std::vector<question_id> lost;
  {
    const std::lock_guard lock{mutex_};
    for (auto it = untaken_.lower_bound({node, 0}); it != untaken_.end() && it->first.first == node; ++it) {
      lost.push_back(it->first);
    }
  }
  for (const auto& whose : lost) tell_taken(whose, false);
}

}  // namespace bennu
