#include <bennu/pubsub/redis_adapter/internal/redis_session.hpp>

#include <algorithm>
#include <exception>
#include <utility>

namespace bennu {

namespace {

constexpr std::chrono::milliseconds first_pause{50};
constexpr int most_doublings = 10;

/// Room for the rest of a batch, beside its largest message.
constexpr std::size_t batch_bytes = std::size_t{1024} * 1024;

/// A connection on which the other machine acknowledges nothing ends after this many times `limits::node_timeout`. By
/// then this session has already ended the connection for all nodes. The longer time is for slow links.
constexpr int timeouts_of_silence = 3;

}  // namespace

redis_session::redis_session(event_loop& loop, redis_url server, const std::string& node, const limits& l,
                             const logger& log, user& owner)
    : loop_(loop),
      server_(std::move(server)),
      limits_(l),
      log_(log),
      owner_(owner),
      channel_of_all_("bennu:" + server_.cluster + ":all"),
      channel_prefix_("bennu:" + server_.cluster + ":node:"),
      own_channel_(channel_prefix_ + node) {}

void redis_session::start() { connect(); }

void redis_session::stop() {
  timer_.cancel();
  is_connected_ = false;
  to_all_.reset();
  to_one_.reset();
}

void redis_session::restart(const std::string& why) {
  if (is_connected_) lose(why);
}

std::string redis_session::address() const { return to_string(server_.addresses[address_], server_.carrier); }

// -- connecting -------------------------------------------------------------------------------------------------------

void redis_session::connect() {
  to_all_.reset();
  to_one_.reset();
  timer_ = loop_.after(limits_.node_timeout, [this] { lose("it does not answer"); });
  redis_duplex::user& me = *this;
  const redis_connection::limits most{limits_.max_redis_message_bytes + batch_bytes,
                                      timeouts_of_silence * limits_.node_timeout};
  try {
    const auto& to = server_.addresses[address_];
    to_all_ = std::make_unique<redis_duplex>(loop_, server_, to, channel_of_all_, most, me);
    to_one_ = std::make_unique<redis_duplex>(loop_, server_, to, own_channel_, most, me);
  } catch (const std::exception& e) {
    lose(e.what());
  }
}

void redis_session::on_ready(redis_duplex&) {
  if (is_connected_ || !to_all_->is_ready() || !to_one_->is_ready()) return;
  timer_.cancel();
  is_connected_ = true;
  connected_at_ = event_loop::clock::now();
  log_.info("connected to Redis at " + address());
  owner_.on_connected();
}

void redis_session::on_lost(redis_duplex&, const std::string& why) { lose(why); }

void redis_session::lose(const std::string& why) {
  for (auto* one : {to_all_.get(), to_one_.get()}) {
    if (one != nullptr) one->close();
  }
  const auto pause = next_pause();
  log_.warning("no connection to Redis at " + address() + ": " + why, "no connection to Redis");
  address_ = (address_ + 1) % server_.addresses.size();
  if (std::exchange(is_connected_, false)) owner_.on_disconnected();
  // The duplexes are destroyed later, because this function may be called by one of them.
  timer_ = loop_.after(pause, [this] { connect(); });
}

/// Doubles with each failure of all addresses, up to the limit. About half of it is random, so that the nodes do not
/// reconnect all at once.
std::chrono::milliseconds redis_session::next_pause() {
  const bool was_well = is_connected_ && event_loop::clock::now() - connected_at_ > limits_.node_timeout;
  if (was_well) failures_ = 0;
  const auto rounds = failures_ / static_cast<int>(server_.addresses.size());
  const auto full = std::min(first_pause * (1 << std::min(rounds, most_doublings)), limits_.node_retry_interval);
  failures_ = std::min(failures_ + 1, (most_doublings + 1) * static_cast<int>(server_.addresses.size()));
  std::uniform_int_distribution<std::int64_t> part{full.count() / 2, full.count()};
  return std::chrono::milliseconds{part(random_)};
}

// -- messages ---------------------------------------------------------------------------------------------------------

void redis_session::send_to_all(std::string_view message) {
  if (is_connected_) to_all_->publish(channel_of_all_, message, {});
}

void redis_session::send_to(const std::string& node, std::string_view message) {
  if (is_connected_) to_one_->publish(channel_prefix_ + node, message, node);
}

void redis_session::on_message(std::string_view message) {
  if (is_connected_) owner_.on_message(message);
}

void redis_session::on_no_receiver(const std::string& tag) {
  if (is_connected_) owner_.on_no_receiver(tag);
}

void redis_session::on_drained(redis_duplex& from) {
  if (is_connected_ && &from == to_one_.get()) owner_.on_drained();
}

void redis_session::on_not_published(const std::string& why) {
  log_.warning("Redis at " + address() + " does not publish: " + why, "Redis does not publish");
}

}  // namespace bennu
