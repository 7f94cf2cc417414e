#include <bennu/pubsub/redis_adapter/internal/redis_duplex.hpp>

#include <utility>

namespace bennu {

namespace {

std::string_view text_of(const redisReply& reply) {
  return reply.str != nullptr ? std::string_view{reply.str, reply.len} : std::string_view{};
}

/// @returns the value of a field in the reply to HELLO, which is a list of names and values; empty if there is no such
/// field
std::string_view fact(const redisReply& reply, std::string_view name) {
  for (std::size_t i = 0; i + 1 < reply.elements; i += 2) {
    if (text_of(*reply.element[i]) == name) return text_of(*reply.element[i + 1]);
  }
  return {};
}

}  // namespace

redis_duplex::redis_duplex(event_loop& loop, const redis_url& server, const redis_address& to, std::string channel,
                           const redis_connection::limits& l, user& owner)
    : server_(server),
      channel_(std::move(channel)),
      owner_(owner),
      subscriber_(loop, server, to, l, *this),
      publisher_(loop, server, to, l, *this) {}

void redis_duplex::close() {
  state_ = state::closed;
  subscriber_.close();
  publisher_.close();
}

void redis_duplex::lose(const std::string& why) {
  close();
  owner_.on_lost(*this, why);
}

void redis_duplex::on_closed(redis_connection&, const std::string& why) { lose(why); }

// -- connecting -------------------------------------------------------------------------------------------------------

void redis_duplex::authenticate(redis_connection& on) const {
  if (!server_.user.empty()) {
    on.send({"AUTH", server_.user, server_.password});
  } else if (!server_.password.empty()) {
    on.send({"AUTH", server_.password});
  }
}

void redis_duplex::on_open(redis_connection& from) {
  authenticate(from);
  if (&from == &subscriber_) {
    from.send({"SUBSCRIBE", channel_});
  } else {
    from.send({"HELLO", "2"});
  }
}

/// Reads the reply to HELLO, which describes the server. A server may forbid HELLO to its user; then nothing is
/// assumed.
void redis_duplex::on_server_facts(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_ARRAY) {
    const auto mode = fact(reply, "mode");
    const bool is_alone = mode == "standalone";
    if (mode == "sentinel") return lose("it is a Sentinel, which carries no messages");
    if (is_alone && fact(reply, "role") != "master") {
      return lose("it is a replica: messages published there reach no other server");
    }
    counts_receivers_ = is_alone;
  } else if (!text_of(reply).starts_with("NOPERM")) {
    return lose("it says " + std::string{text_of(reply)});
  }
  may_publish_ = true;
  become_ready();
}

void redis_duplex::become_ready() {
  if (state_ != state::connecting || !may_publish_ || !is_subscribed_) return;
  state_ = state::ready;
  owner_.on_ready(*this);
}

// -- messages ---------------------------------------------------------------------------------------------------------

void redis_duplex::publish(std::string_view channel, std::string_view message, std::string tag) {
  if (state_ != state::ready) return;
  tags_.push_back(std::move(tag));
  publisher_.send({"PUBLISH", channel, message});
}

void redis_duplex::on_drained(redis_connection& from) {
  if (&from == &publisher_) owner_.on_drained(*this);
}

void redis_duplex::on_reply(redis_connection& from, const redisReply& reply) {
  if (&from == &subscriber_) {
    on_subscriber_reply(reply);
  } else if (may_publish_) {
    on_publish_reply(reply);
  } else if (reply.type != REDIS_REPLY_STATUS) {  // a reply to AUTH is a status
    on_server_facts(reply);
  }
}

void redis_duplex::on_subscriber_reply(const redisReply& reply) {
  if (reply.type == REDIS_REPLY_ERROR) return lose("it says " + std::string{text_of(reply)});
  if (reply.type != REDIS_REPLY_ARRAY || reply.elements != 3) return;
  const auto kind = text_of(*reply.element[0]);
  if (kind == "subscribe") {
    is_subscribed_ = true;
    become_ready();
  } else if (kind == "message" && state_ == state::ready) {
    owner_.on_message(text_of(*reply.element[2]));
  }
}

void redis_duplex::on_publish_reply(const redisReply& reply) {
  if (tags_.empty()) return;
  const auto tag = std::move(tags_.front());
  tags_.pop_front();
  const bool failed = reply.type == REDIS_REPLY_ERROR;
  if (failed) owner_.on_not_published(std::string{text_of(reply)});
  const bool has_no_receiver = failed || (counts_receivers_ && reply.integer == 0);
  if (has_no_receiver && !tag.empty()) owner_.on_no_receiver(tag);
}

}  // namespace bennu
