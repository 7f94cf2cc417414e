#include <bennu/channels/internal/channel_actor.hpp>

#include <cstdint>
#include <limits>
#include <string>
#include <utility>
#include <variant>

#include <bennu/channels/internal/pending_result.hpp>
#include <bennu/runtime/codec.hpp>
#include <bennu/runtime/field_rules.hpp>

// Idempotent pushes: each is handled once, in the order of its producer.
namespace bennu {

namespace {

constexpr std::string_view once_key = "$once";
constexpr std::size_t max_producer_size = 255;

/// The value of `$once`.
struct once {
  std::string producer;
  std::int64_t epoch = 0;
  std::int64_t seq = 0;

  static void fields(auto& self, auto&& f) {
    constexpr auto not_negative = between(std::int64_t{0}, std::numeric_limits<std::int64_t>::max());
    f("producer", self.producer, length(1, max_producer_size));
    f("epoch", self.epoch, not_negative);
    f("seq", self.seq, not_negative);
  }
};

const json* once_in(const payload& of) noexcept {
  const auto* const value = of.if_json();
  return value != nullptr && value->is_object() ? value->find(once_key) : nullptr;
}

void remove_once(payload& of) {
  std::erase_if(*of.if_json()->if_object(), [](const json::member& m) { return m.key == once_key; });
}

reply_t answer_to_malformed(const decode_error& wrong) {
  const auto field = wrong.path.empty() ? std::string{once_key} : std::string{once_key} + '.' + wrong.path;
  return detail::bad_payload(field, wrong.reason);
}

/// The answer to a push that is not handled.
reply_t answer_to(const producer_table::answer& decided) {
  using verdict = producer_table::verdict;
  switch (decided.is) {
    case verdict::duplicate:
      return reply(ok, {{"duplicate", true}});
    case verdict::failed:
      return reply(error, {{"reason", "crashed"}});
    case verdict::fenced:
      return reply(error, {{"reason", "fenced"}});
    default:
      return reply(error, {{"reason", "out of order"}, {"expected", decided.expected}});
  }
}

metric metric_of(producer_table::verdict is) noexcept {
  using verdict = producer_table::verdict;
  switch (is) {
    case verdict::duplicate:
      return metric::duplicate_pushes;
    case verdict::failed:
      return metric::failed_pushes;
    case verdict::fenced:
      return metric::fenced_pushes;
    default:
      return metric::out_of_order_pushes;
  }
}

}  // namespace

/// Decides if a push is handled now. Takes the key `$once` out of its payload.
/// @returns false if it was answered, or waits for its turn
bool channel_actor::take_turn(in_message& m) {
  const auto* const value = once_in(m.payload);
  if (value == nullptr) return true;
  auto decoded = decode<once>(*value);
  if (const auto* wrong = std::get_if<decode_error>(&decoded)) {
    count_as_handled(m);
    reply(answer_to_malformed(*wrong), m.ref);
    return false;
  }
  const auto& place = std::get<once>(decoded);
  const auto key = producer_table::key_of(topic_.name(), context_->id.value_or(""), place.producer);
  const producer_table::options options{context_->limits.max_producers, class_.handlers->idempotency->age};
  auto decided = context_->services.producers.take(key, place.epoch, place.seq, options, home().loop().now());
  if (decided.is == producer_table::verdict::must_wait) {
    await_turn(m, key);
    return false;
  }
  if (decided.turn == nullptr) {
    count_as_handled(m);
    context_->services.counts.add(metric_of(decided.is));
    reply(answer_to(decided), m.ref);
    return false;
  }
  m.turn = std::move(decided.turn);
  remove_once(m.payload);
  return true;
}

/// Keeps a push, and all messages after it, until the turn of the producer's earlier push has ended.
void channel_actor::await_turn(in_message& m, const producer_table::key& of) {
  pending_ = std::make_unique<pending_result>(pending_result::source::turn);
  pending_->waiting.push_back(caf::make_mailbox_element(nullptr, caf::make_message_id(), {}, to_channel{std::move(m)}));
  const auto go_on = [self = caf::intrusive_ptr<channel_actor>{this}] {
    self->deliver_later(to_channel{job_done_message{[](channel_actor&) {}, callback::in, {}}});
  };
  if (!context_->services.producers.when_free(of, go_on)) go_on();
}

}  // namespace bennu
