#include <bennu/channels/testing/internal/long_poll_line.hpp>

#include <utility>
#include <variant>

#include <bennu/runtime/base64.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/json_parse.hpp>
#include <bennu/transport/internal/long_poll_body.hpp>
#include <bennu/transport/internal/long_poll_session.hpp>

#include <caf/actor_system.hpp>
#include <caf/send.hpp>

namespace bennu::testing {

namespace {

constexpr std::size_t max_depth = 512;

/// assets/js/phoenix/longpoll.js, MAX_LONGPOLL_BATCH_SIZE
constexpr std::size_t max_batch = 100;

json parsed(std::string_view body) {
  auto result = parse_json(body, max_depth);
  return std::move(std::get<json>(result));
}

long_poll_status status_of(const json& answer) {
  return long_poll_status{static_cast<int>(*answer["status"].if_int64())};
}

}  // namespace

// -- an exchange ------------------------------------------------------------------------------------------------------

long_poll_line::exchange::exchange(long_poll_line& owner, std::function<void(ref<long_poll_request>)> arrive,
                                   std::function<void(std::string_view body)> receive)
    : stepper(turn::before_threads), owner_(owner), arrive_(std::move(arrive)), receive_(std::move(receive)) {}

void long_poll_line::exchange::begin() {
  at_ = stage::to_server;
  owner_.schedule_->update(*this);
}

bool long_poll_line::exchange::ready() const {
  return at_ == stage::to_server || (at_ == stage::to_client && (owner_.reading_ || this == &owner_.post_));
}

void long_poll_line::exchange::step() {
  const auto alive = owner_.shared_from_this();
  if (at_ == stage::to_server) {
    const event_loop::scope there{owner_.server_.home.loop()};
    at_ = stage::at_server;
    arrive_(make_ref<long_poll_request>(
        [this, line = owner_.weak_from_this()](auto status, auto messages, auto on_delivered) {
          if (line.expired()) return;
          std::string body;
          (status == long_poll_status::ok && !messages.empty() ? long_poll_answer(status, "token", messages)
                                                               : long_poll_answer(status))
              .append_to(body);
          answer(std::move(body), std::move(on_delivered));
        }));
  } else {
    at_ = stage::idle;
    if (const auto on_delivered = std::exchange(on_delivered_, {})) on_delivered(true);
    receive_(std::exchange(body_, {}));
  }
  owner_.schedule_->update(*this);
}

void long_poll_line::exchange::answer(std::string body, std::function<void(bool)> on_delivered) {
  if (at_ != stage::at_server) {
    if (on_delivered) on_delivered(false);
    return;
  }
  at_ = stage::to_client;
  body_ = std::move(body);
  on_delivered_ = std::move(on_delivered);
  owner_.schedule_->update(*this);
}

void long_poll_line::exchange::lose() {
  at_ = stage::lost;
  if (const auto on_delivered = std::exchange(on_delivered_, {}); on_delivered && !owner_.abandoned_)
    on_delivered(false);
  owner_.schedule_->update(*this);
}

// -- the line ---------------------------------------------------------------------------------------------------------

std::shared_ptr<client_line> long_poll_line::open(std::shared_ptr<schedule> when, const server& at,
                                                  accepted_socket& accepted, listener& client) {
  const auto made = std::make_shared<long_poll_line>(std::move(when), at, client);
  caf::actor_config config{&at.home};
  made->session_ = at.home.system().spawn_impl<long_poll_session, caf::no_spawn_options>(
      config, long_poll_session::context{at.limits, at.counts, at.log}, made->connection_,
      accepted.open(made->connection_), [] {});
  made->poll();
  return made;
}

long_poll_line::long_poll_line(std::shared_ptr<schedule> when, const server& at, listener& client)
    : schedule_(std::move(when)),
      server_(at),
      client_(&client),
      connection_(make_ref<long_poll_connection>(&at.home.loop(), at.limits)),
      poll_(
          *this, [this](auto request) { caf::anon_send(session_, long_poll_session::poll{std::move(request)}); },
          [this](auto body) { receive_poll(body); }),
      post_(
          *this,
          [this](auto request) {
            auto batch = parse_long_poll_post(posted_as_, posted_, server_.limits.max_long_poll_batch);
            if (!batch) return request->answer(long_poll_status::forbidden);
            caf::anon_send(session_, long_poll_session::publish{std::move(request), std::move(batch->messages)});
          },
          [this](auto body) { receive_post(body); }) {}

long_poll_line::~long_poll_line() = default;

void long_poll_line::poll() { poll_.begin(); }

void long_poll_line::receive_poll(std::string_view body) {
  const auto answer = parsed(body);
  const auto status = status_of(answer);
  if (status == long_poll_status::gone) return finish(std::nullopt);
  if (const auto* messages = answer["messages"].if_array()) {
    for (const auto& one : *messages) {
      if (client_ != nullptr) client_->on_frame(message_kind::text, *one.if_string());
    }
  }
  if (client_ != nullptr) poll();
}

void long_poll_line::write(message_kind kind, std::string bytes) {
  if (client_ == nullptr) return;
  batch_.push_back({kind, std::move(bytes)});
  if (post_.is_idle()) post();
}

/// Returns the messages that may share a POST. A text that is not of version 2 is sent alone, as older clients do.
void long_poll_line::post() {
  posted_as_ = "application/x-ndjson";
  posted_.clear();
  for (std::size_t n = 0; n < max_batch && !batch_.empty(); ++n) {
    const auto& next = batch_.front();
    const bool alone = next.kind == message_kind::text && !next.bytes.starts_with('[');
    if (alone && n > 0) break;
    if (alone) posted_as_ = "application/json";
    posted_ += next.kind == message_kind::text ? next.bytes : base64_encode(next.bytes);
    if (!alone) posted_ += '\n';
    batch_.pop_front();
    if (alone) break;
  }
  post_.begin();
}

void long_poll_line::receive_post(std::string_view body) {
  if (status_of(parsed(body)) != long_poll_status::ok) return finish(close_code::internal_error);
  if (!batch_.empty()) post();
}

void long_poll_line::finish(std::optional<close_code> code) {
  poll_.lose();
  post_.lose();
  if (auto* const client = std::exchange(client_, nullptr)) client->on_closed(code);
}

void long_poll_line::hang_up(close_code code) { finish(code); }

void long_poll_line::cut() { finish(std::nullopt); }

void long_poll_line::abandon() {
  abandoned_ = true;
  finish(std::nullopt);
}

void long_poll_line::end() {
  finish(std::nullopt);
  caf::anon_send(session_, long_poll_session::end{});
}

void long_poll_line::read(bool wanted) {
  reading_ = wanted;
  schedule_->update(poll_);
}

void long_poll_line::stall() { schedule_->stall(poll_); }

}  // namespace bennu::testing
