#include <bennu/channels/testing/client_channel.hpp>
#include <bennu/channels/testing/client_socket.hpp>

#include <optional>
#include <string>
#include <utility>

#include <bennu/channels/testing/internal/client.hpp>
#include <bennu/channels/testing/internal/world.hpp>

// A client's position, the join that asks for the messages after it, and the server's answer.
namespace bennu::testing {

namespace {

/// The key `history` in the answer to a join; null if there is none.
json history_in(const client_join& join) {
  const auto* const answer = join.reply ? join.reply->body.if_json() : nullptr;
  return answer != nullptr ? (*answer)["history"] : json{};
}

std::string of(const client_join& join) { return "the join of " + join.topic + " by " + join.owner.name(); }

}  // namespace

const std::string& client_channel::position() const noexcept { return join_->position; }

client_channel client_channel::rejoin(const client_socket& over, place where) const {
  if (join_->position.empty()) world_->fail(of(*join_) + " has no position: join with the key \"history\"", where);
  auto params = join_->params.as_json();
  params.set("history", {{"since", join_->position}, {"session", join_->session}});
  return over.join(join_->topic, params, where);
}

void client_channel::assert_recovered(std::size_t missed, place where) const {
  world_->settle(where);
  const auto answer = history_in(*join_);
  const json expected{static_cast<std::int64_t>(missed)};
  if (answer["recovered"] == json{true} && answer["missed"] == expected) return world_->pass(where);
  world_->fail("expected " + of(*join_) + " to recover " + expected.dump() + " messages, got " + answer.dump(), where);
}

void client_channel::assert_lost(history_loss why, place where) const {
  world_->settle(where);
  const auto answer = history_in(*join_);
  const json expected{std::string{to_string(why)}};
  if (answer["recovered"] == json{false} && answer["reason"] == expected) return world_->pass(where);
  world_->fail(
      "expected " + of(*join_) + " to have lost messages for the reason " + expected.dump() + ", got " + answer.dump(),
      where);
}

}  // namespace bennu::testing
