#include <bennu/channels/testing/client_channel.hpp>

#include <algorithm>
#include <sstream>

#include <bennu/channels/testing/internal/client.hpp>
#include <bennu/channels/testing/internal/world.hpp>
#include <bennu/runtime/caf.hpp>

#include <caf/make_message.hpp>
#include <caf/message_id.hpp>
#include <caf/system_messages.hpp>

namespace bennu::testing {

namespace {

std::string text_of(const std::vector<reply_t>& all) {
  if (all.empty()) return "  nothing\n";
  std::ostringstream out;
  for (const auto& r : all) out << "  " << r << '\n';
  return out.str();
}

std::string readable(const status& how, const pattern* expected) {
  std::ostringstream out;
  out << how.name();
  if (expected != nullptr) out << ' ' << *expected;
  return out.str();
}

std::string at(const client_join& join) { return join.owner.name() + " in " + join.topic; }

}  // namespace

// -- actions of the client --------------------------------------------------------------------------------------------

push_ref client_channel::push_in(std::string_view event, const payload& content) const {
  return join_->owner.push(*join_, event, content);
}

push_ref client_channel::leave() const { return push_in("phx_leave"); }

// -- the client's view ------------------------------------------------------------------------------------------------

const std::string& client_channel::topic() const noexcept { return join_->topic; }

push_ref client_channel::join_ref() const { return {join_->join_ref}; }

client_channel::state client_channel::at() const noexcept { return join_->at; }

const std::vector<push>& client_channel::received() const noexcept { return join_->events.all(); }

const std::optional<reply_t>& client_channel::join_reply() const noexcept { return join_->reply; }

std::optional<reply_t> client_channel::reply_to(const push_ref& to) const {
  const auto all = replies_to(to);
  return all.empty() ? std::nullopt : std::optional{all.front()};
}

std::vector<reply_t> client_channel::replies_to(const push_ref& to) const { return join_->owner.replies_to(to); }

payload client_channel::find_reply(const push_ref& to, const status& how, const pattern* expected,
                                   const place& where) const {
  world_->settle(where);
  const auto all = replies_to(to);
  for (const auto& r : all) {
    if (r.status != how || (expected != nullptr && !expected->matches(r.body))) continue;
    world_->pass(where);
    return r.body;
  }
  world_->fail("expected " + testing::at(*join_) + " to be answered " + readable(how, expected) + " to push " +
                   to.value + ", got\n" + text_of(all),
               where);
}

payload client_channel::assert_reply(const push_ref& to, const status& how, place where) const {
  return find_reply(to, how, nullptr, where);
}

payload client_channel::assert_reply(const push_ref& to, const status& how, const pattern& expected,
                                     place where) const {
  return find_reply(to, how, &expected, where);
}

void client_channel::refuse_reply(const push_ref& to, const status* how, const pattern* expected,
                                  const place& where) const {
  world_->settle(where);
  const auto all = replies_to(to);
  const bool came = std::any_of(all.begin(), all.end(), [&](const reply_t& r) {
    return (how == nullptr || r.status == *how) && (expected == nullptr || expected->matches(r.body));
  });
  if (!came) return world_->pass(where);
  world_->fail("expected " + testing::at(*join_) + " not to be answered " +
                   (how != nullptr ? readable(*how, expected) + " " : "") + "to push " + to.value + ", got\n" +
                   text_of(all),
               where);
}

void client_channel::refute_reply(const push_ref& to, place where) const { refuse_reply(to, nullptr, nullptr, where); }

void client_channel::refute_reply(const push_ref& to, const status& how, place where) const {
  refuse_reply(to, &how, nullptr, where);
}

void client_channel::refute_reply(const push_ref& to, const status& how, const pattern& expected, place where) const {
  refuse_reply(to, &how, &expected, where);
}

payload client_channel::take_push(std::string_view event, const pattern* expected, const place& where) const {
  world_->settle(where);
  if (const auto* found = join_->events.take(event, expected)) {
    world_->pass(where);
    return found->payload;
  }
  world_->fail(
      "expected " + testing::at(*join_) + " to receive " + readable(event, expected) + ", got\n" + join_->events.text(),
      where);
}

payload client_channel::assert_push(std::string_view event, place where) const {
  return take_push(event, nullptr, where);
}

payload client_channel::assert_push(std::string_view event, const pattern& expected, place where) const {
  return take_push(event, &expected, where);
}

void client_channel::refuse_push(std::string_view event, const pattern* expected, const place& where) const {
  world_->settle(where);
  if (join_->events.find(event, expected) == nullptr) return world_->pass(where);
  world_->fail("expected " + testing::at(*join_) + " not to receive " + readable(event, expected) + ", got\n" +
                   join_->events.text(),
               where);
}

void client_channel::refute_push(std::string_view event, place where) const { refuse_push(event, nullptr, where); }

void client_channel::refute_push(std::string_view event, const pattern& expected, place where) const {
  refuse_push(event, &expected, where);
}

void client_channel::refute_pushes(place where) const {
  world_->settle(where);
  if (join_->events.any() == nullptr) return world_->pass(where);
  world_->fail(
      "expected " + testing::at(*join_) + " to receive nothing that was not asserted, got\n" + join_->events.text(),
      where);
}

void client_channel::assert_pushes(const std::vector<expected_push>& expected, place where) const {
  world_->settle(where);
  if (join_->events.take_all(expected)) return world_->pass(where);
  std::string text;
  for (const auto& one : expected) text += "  " + readable(one.event, &one.payload) + '\n';
  world_->fail("expected " + testing::at(*join_) + " to receive exactly\n" + text + "got\n" + join_->events.text(),
               where);
}

// -- the server's end -------------------------------------------------------------------------------------------------

namespace {

channel_record& record_of(world& in, const client_join& join, const place& where) {
  if (auto* found = in.find(join)) return *found;
  in.fail("expected a channel that serves " + at(join) + ": the server has started none", where);
}

}  // namespace

std::optional<exit_reason> client_channel::ended() const {
  const auto* record = world_->find(*join_);
  return record != nullptr ? record->ended : std::nullopt;
}

void client_channel::assert_ended(const exit_reason& why, place where) const {
  world_->settle(where);
  const auto& got = record_of(*world_, *join_, where).ended;
  if (got == why) return world_->pass(where);
  std::ostringstream text;
  text << "expected the channel of " << testing::at(*join_) << " to have ended with " << why << ", ";
  got ? text << "it ended with " << *got : text << "it lives";
  world_->fail(text.str(), where);
}

const assigns& client_channel::assigns(place where) const { return record_of(*world_, *join_, where).actor->assigns(); }

channel& client_channel::object_of(const place& where) const {
  const auto& record = record_of(*world_, *join_, where);
  if (auto* found = record.object != nullptr ? record.object.get() : record.actor->object()) return *found;
  world_->fail("the channel of " + testing::at(*join_) + " has not begun", where);
}

void client_channel::refuse_class(const std::type_info& wanted, const place& where) const {
  world_->fail("the channel of " + testing::at(*join_) + " is of the class " + typeid(object_of(where)).name() +
                   ", asked for was " + wanted.name(),
               where);
}

void client_channel::send_info(const std::type_info& type, std::shared_ptr<const void> value,
                               const place& where) const {
  record_of(*world_, *join_, where).actor->deliver({info_message{type, std::move(value)}});
}

actor_ref client_channel::actor(place where) const { return to_actor_ref(record_of(*world_, *join_, where).keep); }

void client_channel::kill(place where) const { exit(exit_reason::kind::killed, where); }

void client_channel::exit(const exit_reason& why, place where) const {
  to_caf(actor(where))
      ->enqueue(nullptr, caf::make_message_id(), caf::make_message(caf::exit_msg{{}, to_caf(why)}), nullptr);
}

}  // namespace bennu::testing
