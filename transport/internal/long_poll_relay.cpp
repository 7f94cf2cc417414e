#include <bennu/transport/internal/long_poll_relay.hpp>

#include <bennu/runtime/base64.hpp>
#include <bennu/transport/internal/long_poll_relay_format.hpp>

namespace bennu {

long_poll_relay::long_poll_relay(std::shared_ptr<long_poll_nodes> nodes, session ask_here,
                                 std::chrono::milliseconds acknowledge_timeout, std::size_t max_bytes)
    : nodes_(std::move(nodes)),
      ask_here_(std::move(ask_here)),
      acknowledge_timeout_(acknowledge_timeout),
      max_bytes_(max_bytes) {}

long_poll_relay::~long_poll_relay() {
  auto t = tables_.lock();
  for (auto& [id, asked] : t->questions) cancel(std::move(asked.limit));
  for (auto& [id, sent] : t->answers) cancel(std::move(sent.limit));
}

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

long_poll_relay::timeout long_poll_relay::start_timeout(event_loop& loop, std::chrono::milliseconds after,
                                                        event_loop::task then) {
  return {&loop, std::make_shared<loop_timer>(loop.after(after, std::move(then)))};
}

void long_poll_relay::cancel(timeout ended) {
  if (ended.loop == nullptr || ended.loop->is_current()) return;
  ended.loop->post([timer = std::move(ended.timer)] { timer->cancel(); });
}

// -- the node that is asked by a client -------------------------------------------------------------------------------

void long_poll_relay::ask(event_loop& loop, const std::string& node, long_poll_question question,
                          std::chrono::milliseconds timeout, answer then) {
  auto t = tables_.lock();
  const auto id = ++t->asked;
  const auto encoded = encode_question(id, question);
  const auto bytes = question.post ? encoded.size() : 0;  // polls are small, and few
  if (question.post) question.post->clear();
  if (question.post ? !t->question_bytes.take(node, bytes, max_bytes_) : t->polls_ended) {
    t.unlock();
    const auto status = status_at_timeout(question);
    return then(status, answer_to(question, status), {});
  }
  auto limit = start_timeout(loop, timeout, [self = weak_from_this(), id] {
    if (const auto relay = self.lock()) relay->on_timeout(id);
  });
  t->questions.emplace(id, pending_question{std::move(limit), node, std::move(question), std::move(then), bytes});
  t.unlock();
  if (!nodes_->send(node, encoded)) settle(id, long_poll_status::gone);
}

/// Handles a timeout: the session may still exist, or the loss of the node may be noticed soon.
void long_poll_relay::on_timeout(std::uint64_t id) {
  if (auto found = take(id)) {
    const auto status = status_at_timeout(found->question);
    finish(std::move(*found), status);
  }
}

void long_poll_relay::settle(std::uint64_t id, long_poll_status status) {
  if (auto found = take(id)) finish(std::move(*found), status);
}

void long_poll_relay::end_polls() {
  tables_.lock()->polls_ended = true;
  for (const auto id : ids_where([](const pending_question& asked) { return !asked.question.post; })) {
    settle(id, long_poll_status::no_content);
  }
}

void long_poll_relay::on_answer(const std::string& node, byte_reader& from, std::uint64_t id) {
  const auto status = static_cast<long_poll_status>(from.number<std::uint16_t>());
  const bool is_acknowledged = from.number<char>() == 1;
  const auto body = from.rest();
  if (from.failed()) return;
  std::function<void(bool)> on_delivered;
  if (is_acknowledged) {
    on_delivered = [self = weak_from_this(), node, id](bool delivered) {
      if (const auto relay = self.lock()) relay->send_acknowledgement(node, id, delivered);
    };
  }
  auto found = take(id);
  if (!found) return on_delivered ? on_delivered(false) : void();
  finish(std::move(*found), status, {std::string{body}}, std::move(on_delivered));
}

std::vector<std::uint64_t> long_poll_relay::ids_where(const std::function<bool(const pending_question&)>& holds) {
  std::vector<std::uint64_t> ids;
  const auto t = tables_.lock();
  for (const auto& [id, asked] : t->questions) {
    if (holds(asked)) ids.push_back(id);
  }
  return ids;
}

std::optional<long_poll_relay::pending_question> long_poll_relay::take(std::uint64_t id) {
  const auto t = tables_.lock();
  auto found = t->questions.extract(id);
  if (found.empty()) return std::nullopt;
  t->question_bytes.give_back(found.mapped().node, found.mapped().bytes);
  return std::move(found.mapped());
}

void long_poll_relay::finish(pending_question asked, long_poll_status status) {
  auto body = answer_to(asked.question, status);
  finish(std::move(asked), status, std::move(body), {});
}

void long_poll_relay::finish(pending_question asked, long_poll_status status, long_poll_answer_body body,
                             std::function<void(bool)> on_delivered) {
  auto& loop = *asked.limit.loop;
  auto end = [asked = std::move(asked), status, body = std::move(body),
              on_delivered = std::move(on_delivered)]() mutable {
    asked.limit.timer->cancel();
    asked.then(status, std::move(body), std::move(on_delivered));
  };
  if (loop.is_current()) return end();
  loop.post(std::move(end));
}

// -- the node that has the session ------------------------------------------------------------------------------------

void long_poll_relay::on_question(const std::string& node, long_poll_question question, std::uint64_t id) {
  auto empty_answer = answer_to(question, status_at_timeout(question));
  ask_here_(std::move(question), [self = weak_from_this(), to = question_id{node, id},
                                  empty_answer = std::move(empty_answer)](auto status, auto body, auto on_delivered) {
    const auto relay = self.lock();
    if (relay && (!on_delivered || relay->await_acknowledgement(to, body.size(), on_delivered))) {
      relay->send_answer(to, status, body, on_delivered != nullptr);
      return;
    }
    if (relay) relay->send_answer(to, long_poll_status::no_content, empty_answer, false);
    if (on_delivered) on_delivered(false);
  });
}

void long_poll_relay::send_answer(const question_id& to, long_poll_status status, const long_poll_answer_body& body,
                                  bool is_acknowledged) {
  auto out = begin_relay_message(relay_message::answer, to.second);
  append_number(out, static_cast<std::uint16_t>(status));
  append_number(out, static_cast<char>(is_acknowledged));
  body.append_to(out);
  if (!nodes_->send(to.first, out) && is_acknowledged) acknowledge(to, false);
}

/// Stores an answer until it is acknowledged. A session answers on its own loop, which runs the timer.
/// @returns false if too many bytes are on their way to that node
bool long_poll_relay::await_acknowledgement(const question_id& of, std::size_t bytes,
                                            const std::function<void(bool)>& on_delivered) {
  const auto t = tables_.lock();
  if (!t->answer_bytes.take(of.first, bytes, max_bytes_)) return false;
  auto& sent = t->answers[of];
  sent.on_delivered = on_delivered;
  sent.bytes = bytes;
  if (auto* const loop = event_loop::current()) {
    sent.limit = start_timeout(*loop, acknowledge_timeout_, [self = weak_from_this(), of] {
      if (const auto relay = self.lock()) relay->acknowledge(of, false);
    });
  }
  return true;
}

void long_poll_relay::acknowledge(const question_id& of, bool delivered) {
  auto t = tables_.lock();
  auto found = t->answers.extract(of);
  if (found.empty()) return;
  auto& sent = found.mapped();
  t->answer_bytes.give_back(of.first, sent.bytes);
  t.unlock();
  sent.on_delivered(delivered);
  cancel(std::move(sent.limit));
}

void long_poll_relay::send_acknowledgement(const std::string& node, std::uint64_t id, bool delivered) {
  auto out = begin_relay_message(relay_message::acknowledgement, id);
  append_number(out, static_cast<char>(delivered));
  nodes_->send(node, out);
}

// -- the port ---------------------------------------------------------------------------------------------------------

void long_poll_relay::on_message(const std::string& node, std::string_view message) {
  byte_reader from{message};
  const auto kind = static_cast<relay_message>(from.number<char>());
  const auto id = from.number<std::uint64_t>();
  if (kind == relay_message::poll || kind == relay_message::post) {
    if (auto question = decode_question(kind, from)) on_question(node, std::move(*question), id);
  } else if (kind == relay_message::answer) {
    on_answer(node, from, id);
  } else if (kind == relay_message::acknowledgement && !from.failed()) {
    acknowledge({node, id}, from.number<char>() == 1);
  }
}

void long_poll_relay::on_node_down(const std::string& node) {
  for (const auto id : ids_where([&](const pending_question& asked) { return asked.node == node; })) {
    settle(id, long_poll_status::gone);
  }
  std::vector<question_id> lost;
  {
    const auto t = tables_.lock();
    for (auto it = t->answers.lower_bound({node, 0}); it != t->answers.end() && it->first.first == node; ++it) {
      lost.push_back(it->first);
    }
  }
  for (const auto& id : lost) acknowledge(id, false);
}

}  // namespace bennu
