#include <bennu/channels/introspection/internal/node_questions.hpp>

#include <utility>
#include <vector>

namespace bennu {

namespace {

/// A message is its kind, the number of the question, and the rest.
enum class message_kind_of_nodes : char { question = 1, answer = 2 };

/// How often the time of waiting questions is compared.
constexpr std::chrono::milliseconds resolution{100};

std::string message_of(message_kind_of_nodes kind, std::uint64_t id, std::string_view rest) {
  std::string out;
  out.reserve(sizeof kind + sizeof id + rest.size());
  append_number(out, static_cast<char>(kind));
  append_number(out, id);
  return out.append(rest);
}

}  // namespace

node_questions::node_questions(cluster& of, event_loop& timer, answerer answer_here)
    : cluster_(of), timer_loop_(timer), answer_here_(std::move(answer_here)) {}

node_questions::~node_questions() = default;

bool node_questions::send(const std::string& node, std::string_view message) {
  return !table_.lock()->has_left && cluster_.send({node, 0}, service_name, message);
}

void node_questions::ask(const std::string& node, std::string_view question, std::chrono::milliseconds timeout,
                         answer then) {
  std::uint64_t id = 0;
  {
    const auto all = table_.lock();
    id = ++all->last_id;
    all->asked.emplace(id, pending{node, timeout, std::move(then)});
  }
  if (!send(node, message_of(message_kind_of_nodes::question, id, question))) {
    auto all = table_.lock();
    auto mine = all->asked.extract(id);
    all.unlock();
    if (!mine.empty()) mine.mapped().then(std::nullopt);
    return;
  }
  timer_loop_.post([self = weak_from_this(), id] {
    if (const auto alive = self.lock()) alive->watch(id);
  });
}

void node_questions::watch(std::uint64_t id) {
  {
    const auto all = table_.lock();
    const auto found = all->asked.find(id);
    if (found != all->asked.end()) found->second.deadline = timer_loop_.now() + found->second.timeout;
  }
  watch_time();
}

void node_questions::watch_time() {
  if (timer_.is_pending() || table_.lock()->asked.empty()) return;
  timer_ = timer_loop_.after(resolution, [self = weak_from_this()] {
    const auto alive = self.lock();
    if (alive == nullptr) return;
    alive->give_up([now = alive->timer_loop_.now()](const pending& one) { return one.deadline <= now; });
    alive->watch_time();
  });
}

void node_questions::give_up(const std::function<bool(const pending&)>& holds) {
  std::vector<answer> ended;
  {
    const auto all = table_.lock();
    std::erase_if(all->asked, [&](auto& one) {
      if (!holds(one.second)) return false;
      ended.push_back(std::move(one.second.then));
      return true;
    });
  }
  for (const auto& then : ended) then(std::nullopt);
}

void node_questions::on_node_down(const node_id& who) {
  give_up([&](const pending& one) { return one.node == who.name; });
}

void node_questions::on_leave() {
  table_.lock()->has_left = true;
  give_up([](const pending&) { return true; });
}

void node_questions::on_node_message(const node_id& from, std::string_view message) {
  byte_reader reader{message};
  const auto kind = static_cast<message_kind_of_nodes>(reader.number<char>());
  const auto id = reader.number<std::uint64_t>();
  const auto rest = reader.rest();
  if (reader.failed()) return;
  if (kind == message_kind_of_nodes::question) {
    return answer_here_(rest, [self = weak_from_this(), node = from.name, id](const std::string& bytes) {
      const auto alive = self.lock();
      if (alive) alive->send(node, message_of(message_kind_of_nodes::answer, id, bytes));
    });
  }
  auto all = table_.lock();
  const auto found = all->asked.find(id);
  if (found == all->asked.end() || found->second.node != from.name) return;
  const auto then = std::move(found->second.then);
  all->asked.erase(found);
  all.unlock();
  then(std::string{rest});
}

}  // namespace bennu
