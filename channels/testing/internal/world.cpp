#include <bennu/channels/testing/internal/world.hpp>

#include <algorithm>
#include <sstream>
#include <utility>

#include <bennu/channels/testing/internal/long_poll_line.hpp>
#include <bennu/channels/testing/internal/memory_connection.hpp>
#include <bennu/runtime/caf.hpp>

#include <caf/event_based_actor.hpp>

namespace bennu::testing {

namespace {

/// The limit for the steps of `settle`. A test that takes more never settles.
constexpr std::size_t max_steps = 10'000'000;

/// The number of steps in which actors may end at the end of a test.
constexpr std::size_t max_last_steps = 1'000'000;

/// The maximum number of I/O threads of a node with a seed. More would find no other faults.
constexpr std::size_t max_threads = 3;

std::string_view name_of(log_level level) {
  static constexpr std::string_view names[] = {"debug", "info", "warning", "error"};
  return names[static_cast<std::size_t>(level)];
}

wire_format format_of(const json& params) {
  const auto* version = params["vsn"].if_string();
  return version != nullptr && version->starts_with("1.") ? wire_format::v1 : wire_format::v2;
}

}  // namespace

// -- beginning and end ------------------------------------------------------------------------------------------------

world::world(const test_options& wanted, verdict report)
    : options_(wanted),
      report_(std::move(report)),
      order_(std::make_shared<schedule>(wanted.seed)),
      events_(*order_),
      network_(*order_),
      faults_(options_.faults, *order_, network_, events_) {
  order_->before_step([this] { before_step(); });
  add_node("test");
}

world::~world() {
  order_->cancel_timers();
  for (const auto& n : nodes_) n->run_again();
  hold_jobs(false);
  for (const auto& c : clients_) c->line().end();
  order_->be_fair();
  for (std::size_t i = 0; i < max_last_steps && order_->step(); ++i) {
  }
  order_->cancel_timers();
  backlogs_ = {};
  channels_.clear();
  clients_.clear();
  while (!nodes_.empty()) nodes_.pop_back();
}

logger world::make_logger() {
  const auto sink = [this](log_level level, std::string_view line) {
    log_.push_back(std::string{name_of(level)} + ": " + std::string{line});
    if (level >= log_level::warning) events_.add("log", log_.back());
  };
  return logger{log_level::debug, sink, [this] { return order_->time(); }};
}

// -- expectations -----------------------------------------------------------------------------------------------------

void world::fail(const std::string& description, const place& where) {
  report_.failed(description, where);
  auto text = std::string{where.file()} + ":" + std::to_string(where.line()) + ": " + description + "\nevents";
  if (options_.seed) text += ", with BENNU_SEED=" + std::to_string(*options_.seed);
  throw failure(text + ":\n" + events_.text(), where);
}

// -- nodes ------------------------------------------------------------------------------------------------------------

node& world::add_node(std::string name) {
  const auto threads = options_.threads.value_or(options_.seed ? 1 + order_->random(max_threads) : 1);
  const node::surroundings in{*order_,
                              network_,
                              make_logger(),
                              [this](node& of, auto job) { start_job(of, std::move(job)); },
                              [this](socket_actor& made) {
                                if (order_->seeded()) backlogs_.add(made);
                              },
                              [this](channel_actor& made) { notice(made); },
                              [this](const channel_actor& ended, auto object) { keep(ended, std::move(object)); }};
  return *nodes_.emplace_back(std::make_unique<node>(std::move(name), in, threads, options_.limits));
}

bool world::has_node(std::string_view name) const {
  return std::any_of(nodes_.begin(), nodes_.end(),
                     [&](const auto& n) { return n->name() == name && !n->has_crashed(); });
}

void world::crash(node& which) {
  events_.add(which.name(), "crashes");
  which.crash();
  for (const auto& c : clients_) {
    if (&c->server() == &which) c->line().abandon();
  }
}

// -- clients ----------------------------------------------------------------------------------------------------------

std::variant<client*, http_refusal> world::connect(node& to, socket_route& route, json params,
                                                   const connect_info& info) {
  if (params.find("vsn") == nullptr) params.set("vsn", "2.0.0");
  auto& thread = to.thread(order_->seeded() ? order_->random(to.threads()) : clients_.size() % to.threads());
  const event_loop::scope there{thread.loop()};
  auto verdict = route.connect(params, info);
  if (auto* refusal = std::get_if<http_refusal>(&verdict)) return std::move(*refusal);
  auto& accepted = *std::get<std::unique_ptr<accepted_socket>>(verdict);
  auto& made = *clients_.emplace_back(std::make_unique<client>(
      *order_, events_, to, "client " + std::to_string(clients_.size() + 1), format_of(params)));
  made.connected_to = {&route, std::move(params), info};
  // A client is connected when its socket has begun.
  thread.deliver_at_once(true);
  made.start(to.clients_poll()
                 ? long_poll_line::open(order_, {thread.host(), route.limits(), to.counts(), to.log()}, accepted, made)
                 : memory_connection::open(order_, thread.loop(), route.limits(), accepted, made));
  return &made;
}

void world::act_on(node& which, const std::function<void()>& task) {
  if (order_->seeded()) return task();
  auto& thread = which.thread(0);
  const event_loop::scope there{thread.loop()};
  thread.deliver_at_once(false);
  task();
  thread.deliver_at_once(true);
}

// -- channels ---------------------------------------------------------------------------------------------------------

void world::notice(channel_actor& made) {
  if (order_->seeded()) backlogs_.add(made);
  auto& record = channels_.emplace_back(channel_record{caf::strong_actor_ptr{made.ctrl()}, &made, {}, {}});
  made.attach_functor([this, &record](const caf::error& reason) {
    record.ended = to_exit_reason(reason);
    std::ostringstream line;
    line << record.actor->topic().name() << " of join " << record.actor->join_ref().text()
         << " ended: " << *record.ended;
    events_.add("channel", line.str());
  });
}

void world::keep(const channel_actor& ended, std::unique_ptr<channel> object) {
  const auto found =
      std::find_if(channels_.begin(), channels_.end(), [&](const channel_record& r) { return r.actor == &ended; });
  found->object = std::move(object);
}

channel_record* world::find(const client_join& join) {
  const auto* const connection = &join.owner.line().server_end();
  const auto found = std::find_if(channels_.rbegin(), channels_.rend(), [&](const channel_record& r) {
    return &r.actor->client() == connection && r.actor->join_ref() == message_reference{join.join_ref};
  });
  return found == channels_.rend() ? nullptr : &*found;
}

// -- time and order ---------------------------------------------------------------------------------------------------

void world::count_step(std::size_t& steps, const place& where) {
  if (++steps > max_steps) {
    fail("the test does not settle: after " + std::to_string(max_steps) +
             " steps there is still something to do; does an actor send itself messages without end?",
         where);
  }
}

void world::settle(const place& where) {
  for (std::size_t steps = 0; step();) count_step(steps, where);
}

bool world::step() { return order_->step() || faults_.heal_one(); }

/// Called before each step that is chosen at random.
void world::before_step() {
  if (const auto fault = backlogs_.fault(); !fault.empty()) fail(fault, std::source_location::current());
  for (const auto& n : nodes_) {
    for (std::size_t i = 0; i < n->threads(); ++i) n->thread(i).deliver_at_once(order_->random(2) == 0);
  }
  faults_.disturb(clients_, nodes_);
}

void world::advance(std::chrono::nanoseconds time, const place& where) {
  const auto end = order_->now() + time;
  for (std::size_t steps = 0;; count_step(steps, where)) {
    const auto due = order_->next_due();
    const bool timer = due && *due <= end;
    // With a seed, a timer may also fire while other steps are possible.
    if (!order_->idle() && !(timer && order_->seeded() && order_->random(8) == 0)) {
      order_->step();
    } else if (timer) {
      order_->jump(*due);
    } else if (!step()) {
      break;
    }
  }
  order_->jump(end);
}

// -- jobs -------------------------------------------------------------------------------------------------------------

void world::start_job(node& of, std::function<void()> job) {
  held_.emplace_back(&of, std::move(job));
  if (!holding_) run_job();
}

bool world::run_job() {
  const auto next = std::find_if(held_.begin(), held_.end(), [](const auto& h) { return !h.first->has_crashed(); });
  if (next == held_.end()) return false;
  next->first->actors().spawn([job = std::move(next->second)](caf::event_based_actor*) { job(); });
  held_.erase(next);
  return true;
}

void world::hold_jobs(bool wanted) {
  holding_ = wanted;
  while (!holding_ && run_job()) {
  }
}

}  // namespace bennu::testing
