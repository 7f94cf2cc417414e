#include "worker.hpp"

#include <algorithm>
#include <future>
#include <limits>
#include <utility>

#include "scenarios.hpp"

namespace load {

namespace {

/// Heartbeats are spread over their interval in steps of this length.
constexpr std::chrono::milliseconds heartbeat_step{100};

}  // namespace

worker::worker(const options& wanted, const tls_settings* tls, std::size_t index)
    : options_(wanted),
      tls_(tls),
      index_(index),
      loop_(index),
      pacer_(loop_),
      scenario_(make_scenario(wanted, *this)),
      thread_([this] { loop_.run(nullptr); }) {}

worker::~worker() {
  loop_.stop();
  thread_.join();
}

// -- calls of other threads -------------------------------------------------------------------------------------------

void worker::connect() {
  loop_.post([this] {
    const auto count = (options_.clients - index_ + options_.threads - 1) / options_.threads;
    clients_.reserve(count);
    pacer_.start(options_.connect_rate / static_cast<double>(options_.threads), count,
                 [this](clock::time_point due) { connect_next(due); });
    heartbeat_timer_ = loop_.after(heartbeat_step, [this] { send_heartbeats(); });
  });
}

void worker::begin() {
  loop_.post([this] { begin_acting(); });
}

void worker::end() {
  loop_.post([this] {
    acting_ = false;
    pacer_.stop();
  });
}

void worker::hang_up() {
  loop_.post([this] {
    for (const auto& one : clients_) one->close();
  });
}

measurements worker::take() {
  std::promise<measurements> taken;
  loop_.post([&] { taken.set_value(std::exchange(seen_, {})); });
  return taken.get_future().get();
}

// -- connecting -------------------------------------------------------------------------------------------------------

void worker::connect_next(clock::time_point due) {
  note_lag(due);
  const auto number = index_ + clients_.size() * options_.threads;
  client_listener& listener = *this;
  auto& made = *clients_.emplace_back(std::make_unique<client>(number, loop_, listener));
  ++open_;
  const auto* const from = options_.from.empty() ? nullptr : &options_.from[number % options_.from.size()];
  made.connect(options_.target, from, tls_);
}

void worker::on_open(client& who) {
  const auto took = clock::now() - who.connecting_since();
  seen_.record("connect", took, took);
  scenario_->prepare(who);
}

void worker::ready(client& who) {
  who.ready = true;
  ++seen_.ready;
  if (scenario_->acts(who.number())) actors_.push_back(&who);
}

void worker::refused(client& who) {
  who.refused = true;
  ++seen_.failed;
  who.close();
}

void worker::on_closed(client& who, const std::string& why) {
  --open_;
  if (who.refused) return;
  if (!who.ready) {
    ++seen_.failed;
    seen_.error(why);
    return;
  }
  ++seen_.lost;
  seen_.error(why);
  const auto begun = who.actions + who.waiting.size();
  under_way_ -= begun;
  seen_.unanswered += begun;
  std::erase(actors_, &who);
  scenario_->on_lost(who);
}

// -- acting -----------------------------------------------------------------------------------------------------------

/// This thread's share of the rate, in proportion to its share of the acting clients.
double worker::share_of(double rate) const {
  std::size_t all = 0;
  std::size_t mine = 0;
  for (std::size_t i = 0; i < options_.clients; ++i) {
    if (!scenario_->acts(i)) continue;
    ++all;
    if (i % options_.threads == index_) ++mine;
  }
  return all == 0 ? 0 : rate * static_cast<double>(mine) / static_cast<double>(all);
}

void worker::begin_acting() {
  acting_ = true;
  if (options_.rate) {
    const auto share = share_of(*options_.rate);
    if (share <= 0) return;
    pacer_.start(share, std::numeric_limits<std::uint64_t>::max(), [this](clock::time_point due) { act_next(due); });
    return;
  }
  const auto each = scenario_->one_at_a_time() ? 1 : options_.in_flight;
  for (auto* const who : std::vector<client*>{actors_}) {
    for (std::size_t i = 0; i < each; ++i) act(*who, clock::now());
  }
}

void worker::act_next(clock::time_point due) {
  note_lag(due);
  if (actors_.empty()) return void(++seen_.unanswered);
  act(*actors_[next_actor_++ % actors_.size()], due);
}

void worker::act(client& who, clock::time_point due) {
  ++under_way_;
  if (scenario_->one_at_a_time() && who.actions > 0) return who.waiting.push_back(due);
  ++who.actions;
  scenario_->act(who, due);
}

void worker::finished(client& who) {
  --under_way_;
  --who.actions;
  if (!who.waiting.empty()) {
    const auto due = who.waiting.front();
    who.waiting.pop_front();
    ++who.actions;
    scenario_->act(who, due);
  } else if (acting_ && !options_.rate) {
    act(who, clock::now());
  }
}

void worker::on_reply(client& who, const request& to, bool ok, const bennu::json& response) {
  if (to.event != "heartbeat" || to.topic != "phoenix") return scenario_->on_reply(who, to, ok, response);
  const auto now = clock::now();
  seen_.record("heartbeat", now - to.due, now - to.sent);
  if (options_.scenario == scenario_kind::idle) ++seen_.operations;
}

void worker::on_event(client& who, const incoming& message) {
  if (message.event == "phx_error") seen_.error("a channel crashed (phx_error)");
  scenario_->on_event(who, message);
}

void worker::on_traffic(std::size_t messages_in, std::size_t bytes_in, std::size_t bytes_out) {
  seen_.messages_in += messages_in;
  seen_.bytes_in += bytes_in;
  seen_.bytes_out += bytes_out;
}

/// Sends the heartbeats of a part of the clients. Each step serves another part.
void worker::send_heartbeats() {
  const auto steps = std::max<std::size_t>(
      1, static_cast<std::size_t>(options_.heartbeat_s * 1000 / static_cast<double>(heartbeat_step.count())));
  const auto now = clock::now();
  for (auto i = heartbeat_steps_++ % steps; i < clients_.size(); i += steps) {
    if (clients_[i]->is_open()) clients_[i]->heartbeat(now);
  }
  heartbeat_timer_ = loop_.after(heartbeat_step, [this] { send_heartbeats(); });
}

void worker::note_lag(clock::time_point due) {
  seen_.worst_lag = std::max<duration>(seen_.worst_lag, clock::now() - due);
}

}  // namespace load
