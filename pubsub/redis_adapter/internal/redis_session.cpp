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

std::string_view text_of(const redisReply& reply) {
  return reply.str != nullptr ? std::string_view{reply.str, reply.len} : std::string_view{};
}

}  // namespace

redis_session::redis_session(event_loop& loop, redis_url to, std::string node, const limits& l, const logger& log,
                             user& who)
    : loop_(loop),
      to_(std::move(to)),
      limits_(l),
      log_(log),
      user_(who),
      all_("bennu:" + to_.cluster + ":all"),
      some_("bennu:" + to_.cluster + ":node:"),
      mine_(some_ + node) {}

void redis_session::start() { connect(); }

void redis_session::stop() {
  loop_.cancel(timer_);
  connected_ = false;
  publisher_.reset();
  subscriber_.reset();
}

void redis_session::restart(const std::string& why) {
  if (connected_) lose(why);
}

// -- connecting -------------------------------------------------------------------------------------------------------

void redis_session::connect() {
  can_publish_ = false;
  subscriptions_ = 0;
  unanswered_.clear();
  timer_ = loop_.run_after(limits_.node_timeout, [this] { lose("it does not answer"); });
  redis_connection::user& me = *this;
  try {
    const auto most = limits_.max_redis_message_bytes + batch_bytes;
    subscriber_ = std::make_unique<redis_connection>(loop_, to_, most, me);
    publisher_ = std::make_unique<redis_connection>(loop_, to_, most, me);
  } catch (const std::exception& e) {
    lose(e.what());
  }
}

void redis_session::on_open(redis_connection& which) {
  if (!to_.user.empty()) {
    which.send({"AUTH", to_.user, to_.password});
  } else if (!to_.password.empty()) {
    which.send({"AUTH", to_.password});
  }
  if (&which == subscriber_.get()) {
    which.send({"SUBSCRIBE", all_, mine_});
  } else {
    which.send({"PING"});
  }
}

void redis_session::connect_if_ready() {
  if (connected_ || !can_publish_ || subscriptions_ < 2) return;
  loop_.cancel(timer_);
  connected_ = true;
  since_ = event_loop::clock::now();
  log_.info("connected to Redis at " + address_of(to_));
  user_.on_connected();
}

void redis_session::lose(const std::string& why) {
  loop_.cancel(timer_);
  for (auto* connection : {publisher_.get(), subscriber_.get()}) {
    if (connection != nullptr) connection->close();
  }
  const auto pause = next_pause();
  log_.warning("no connection to Redis at " + address_of(to_) + ": " + why, "no connection to Redis");
  if (std::exchange(connected_, false)) user_.on_disconnected();
  // The connections are destroyed then: this may be a call of one of them.
  timer_ = loop_.run_after(pause, [this] {
    publisher_.reset();
    subscriber_.reset();
    connect();
  });
}

/// Doubles with each failure, up to the limit. About half of it is chance, so that nodes do not come all at once.
std::chrono::milliseconds redis_session::next_pause() {
  const bool was_well = connected_ && event_loop::clock::now() - since_ > limits_.node_timeout;
  if (was_well) failures_ = 0;
  const auto full = std::min(first_pause * (1 << failures_), limits_.node_retry_interval);
  failures_ = std::min(failures_ + 1, most_doublings);
  std::uniform_int_distribution<std::int64_t> part{full.count() / 2, full.count()};
  return std::chrono::milliseconds{part(random_)};
}

void redis_session::on_closed(redis_connection&, const std::string& why) { lose(why); }

// -- messages ---------------------------------------------------------------------------------------------------------

void redis_session::publish(const std::string& channel, const std::string& node, std::string_view what) {
  if (!connected_) return;
  unanswered_.push_back(node);
  publisher_->send({"PUBLISH", channel, what});
}

void redis_session::send_to_all(std::string_view what) { publish(all_, {}, what); }

void redis_session::send_to(const std::string& node, std::string_view what) { publish(some_ + node, node, what); }

void redis_session::on_drained(redis_connection& which) {
  if (connected_ && &which == publisher_.get()) user_.on_drained();
}

void redis_session::on_reply(redis_connection& which, const redisReply& what) {
  const bool is_subscriber = &which == subscriber_.get();
  const bool answers_a_publish = connected_ && !is_subscriber;
  if (what.type == REDIS_REPLY_ERROR && !answers_a_publish) return lose("it says " + std::string{text_of(what)});
  if (is_subscriber) {
    on_subscriber_reply(what);
  } else {
    on_publisher_reply(what);
  }
}

void redis_session::on_subscriber_reply(const redisReply& what) {
  if (what.type != REDIS_REPLY_ARRAY || what.elements != 3) return;
  const auto kind = text_of(*what.element[0]);
  if (kind == "subscribe") {
    ++subscriptions_;
    connect_if_ready();
  } else if (kind == "message" && connected_) {
    user_.on_message(text_of(*what.element[2]));
  }
}

void redis_session::on_publisher_reply(const redisReply& what) {
  if (!connected_) {
    can_publish_ = can_publish_ || text_of(what) == "PONG";
    return connect_if_ready();
  }
  if (unanswered_.empty()) return;
  const auto node = std::move(unanswered_.front());
  unanswered_.pop_front();
  if (what.type == REDIS_REPLY_ERROR) {
    log_.warning("Redis at " + address_of(to_) + " does not publish: " + std::string{text_of(what)});
  }
  const bool nobody = what.type == REDIS_REPLY_ERROR || what.integer == 0;
  if (nobody && !node.empty()) user_.on_nobody_heard(node);
}

}  // namespace bennu
