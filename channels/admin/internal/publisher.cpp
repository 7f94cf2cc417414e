#include <bennu/channels/admin/internal/publisher.hpp>

#include <atomic>
#include <map>
#include <optional>
#include <stdexcept>
#include <utility>

#include <openssl/sha.h>

#include <bennu/channels/internal/sendable.hpp>
#include <bennu/runtime/bytes.hpp>

namespace bennu {

namespace {

using digest = idempotency_table::digest;

/// Events that mean something to the framework, and that only it may send.
bool is_reserved(std::string_view event) noexcept {
  return event == "disconnect" || event == "presence_diff" || event.starts_with("phx_") || event.starts_with('$');
}

digest digest_of(std::string_view bytes) noexcept {
  digest made{};
  SHA256(reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size(), made.data());
  return made;
}

digest id_of(const outgoing_message& one) {
  std::string text;
  append_text(text, one.topic);
  append_text(text, one.event);
  text += one.idempotency_key;
  return digest_of(text);
}

digest content_of(const payload& of) {
  const auto* const bytes = of.if_binary();
  return digest_of(bytes != nullptr ? 'b' + bytes->data : 'j' + of.as_json().dump());
}

}  // namespace

/// The messages of one request, until all have a result.
class publisher::batch : public std::enable_shared_from_this<batch> {
public:
  batch(publisher& of, std::string_view key, std::vector<outgoing_message> messages,
        std::function<void(std::vector<result>)> then)
      : of_(of), key_(key), messages_(std::move(messages)), then_(std::move(then)) {
    results_.lock()->resize(messages_.size());
  }

  void send() {
    for (std::size_t i = 0; i < messages_.size(); ++i) {
      try {
        of_.check(messages_[i]);
        if (messages_[i].idempotency_key.empty() || is_first(i)) send(i);
      } catch (const api_fault& fault) {
        settle(i, fault);
      }
    }
    count();
    settle_one();  // the one that `unsettled_` has for this function
  }

private:
  /// A message that was sent, and whose subscribers are to be counted.
  struct sent_message {
    std::size_t index;
    publish_receipt receipt;
    std::optional<digest> id;  ///< if it has an idempotency key
  };

  /// @returns true if the message must be sent @throws api_fault if it is refused
  bool is_first(std::size_t i) {
    const auto& one = messages_[i];
    const auto id = id_of(one);
    const auto now = idempotency_table::clock::now();
    const auto most = of_.limits_.get().max_idempotency_keys;
    const auto table = of_.repeated_.lock();
    switch (table->begin({key_, id, content_of(one.payload)}, now, most,
                         [self = shared_from_this(), i](const auto& receipt) { self->settle(i, receipt); })) {
      case idempotency_table::verdict::first:
        ids_[i] = id;
        return true;
      case idempotency_table::verdict::repeated:
        of_.counts_.add(metric::api_duplicates);
        return false;
      case idempotency_table::verdict::other:
        throw api_fault(422, "another message had this idempotency key");
      case idempotency_table::verdict::full:
        break;
    }
    throw api_fault(503, "too many idempotency keys are remembered", table->wait(key_, now));
  }

  void send(std::size_t i) {
    auto& one = messages_[i];
    const auto id = ids_.find(i);
    const auto known_id = id == ids_.end() ? std::nullopt : std::optional{id->second};
    try {
      auto position = of_.topics_.broadcast_at(one.topic, one.event, std::move(one.payload));
      sent_.push_back({i, {}, known_id});
      if (!position.empty()) sent_.back().receipt.position = std::move(position);
    } catch (...) {
      if (known_id) of_.repeated_.lock()->forget(key_, *known_id);
      throw;
    }
  }

  void count() {
    if (sent_.empty()) return;
    std::vector<std::string> topics;
    topics.reserve(sent_.size());
    for (const auto& one : sent_) topics.push_back(std::move(messages_[one.index].topic));
    of_.topics_.count_subscribers(std::move(topics), [self = shared_from_this()](const auto& counts) {
      for (std::size_t i = 0; i < counts.size(); ++i) self->finish(self->sent_[i], counts[i]);
    });
  }

  void finish(sent_message& one, std::size_t subscribers) {
    one.receipt.subscribers = subscribers;
    if (!one.id) return settle(one.index, std::move(one.receipt));
    const auto waiting = of_.repeated_.lock()->finish(key_, *one.id, one.receipt);
    for (const auto& answer : waiting) answer(one.receipt);
  }

  void settle(std::size_t i, result with) {
    (*results_.lock())[i] = std::move(with);
    settle_one();
  }

  void settle_one() {
    if (unsettled_.fetch_sub(1) > 1) return;
    auto all = std::move(*results_.lock());
    then_(std::move(all));
  }

  publisher& of_;
  const std::string_view key_;
  std::vector<outgoing_message> messages_;
  const std::function<void(std::vector<result>)> then_;
  std::map<std::size_t, digest> ids_;  ///< of the messages with idempotency keys that are sent
  std::vector<sent_message> sent_;
  guarded<std::vector<result>> results_;
  std::atomic<std::size_t> unsettled_{messages_.size() + 1};
};

/// @throws api_fault if clients cannot get the message, or must not get it
void publisher::check(const outgoing_message& one) const {
  const auto& limits = limits_.get();
  if (one.topic.empty() || one.event.empty()) throw api_fault(422, "the topic and the event must not be empty");
  if (is_reserved(one.event)) throw api_fault(422, "the event is reserved for the framework");
  if (one.topic.size() > limits.max_topic_bytes) {
    throw api_fault(422, "a topic may be " + std::to_string(limits.max_topic_bytes) + " bytes long");
  }
  if (one.idempotency_key.size() > outgoing_message::max_idempotency_key_bytes) {
    throw api_fault(422, "an idempotency key may be 255 bytes long");
  }
  try {
    require_sendable(one.topic, one.event, one.payload);
  } catch (const std::invalid_argument& fault) {
    throw api_fault(422, fault.what());
  }
}

void publisher::publish(std::string_view key, std::vector<outgoing_message> messages,
                        std::function<void(std::vector<result>)> then) {
  std::make_shared<batch>(*this, key, std::move(messages), std::move(then))->send();
}

}  // namespace bennu
