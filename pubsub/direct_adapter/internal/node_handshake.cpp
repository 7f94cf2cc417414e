#include <bennu/pubsub/direct_adapter/internal/node_handshake.hpp>

#include <utility>
#include <variant>

namespace bennu {

node_handshake::node_handshake(event_loop& loop, unique_fd socket, side which,
                               std::shared_ptr<const node_credentials> proof, node_address peer,
                               clock::time_point deadline, hello_purpose purpose, user& by)
    : side_(which), peer_(peer), deadline_(deadline), purpose_(purpose), user_(by) {
  node_connection::user& me = *this;
  connection_ =
      std::make_unique<node_connection>(loop, std::move(socket), which, std::move(proof), std::move(peer), me);
}

void node_handshake::on_open(node_connection& c) {
  if (side_ == side::dialed) c.send(encode(user_.own_hello(purpose_)));
}

void node_handshake::on_frame(node_connection&, std::string_view frame) {
  if (ended_) return;
  if (side_ == side::dialed) return on_answer(frame);
  on_hello(frame);
}

void node_handshake::on_hello(std::string_view frame) {
  const auto read = decode_node_hello(frame);
  if (const auto* hello = std::get_if<node_hello>(&read)) {
    purpose_ = hello->purpose;
    ended_ = true;
    return user_.on_introduced(*this, *hello);
  }
  const auto error = std::get<hello_error>(read);
  if (error == hello_error::malformed) return fail({join_failure_reason::not_a_node, "its hello is malformed"});
  refuse({refusal_reason::version, ""});
  fail({join_failure_reason::version, "it speaks another version of the protocol"});
}

void node_handshake::on_answer(std::string_view frame) {
  const auto read = decode_hello_answer(frame);
  if (const auto* other = std::get_if<node_hello>(&read)) {
    ended_ = true;
    return user_.on_introduced(*this, *other);
  }
  if (const auto* why = std::get_if<node_refusal>(&read)) {
    ended_ = true;
    connection_->close();
    return user_.on_refused(*this, *why);
  }
  if (std::get<hello_error>(read) == hello_error::other_version) {
    return fail({join_failure_reason::version, "it speaks another version of the protocol"});
  }
  fail({join_failure_reason::not_a_node, "its answer is malformed"});
}

void node_handshake::welcome() { connection_->send(encode_welcome(user_.own_hello(purpose_))); }

void node_handshake::refuse(const node_refusal& why) {
  connection_->send(encode(why));
  connection_->close();
}

std::unique_ptr<node_connection> node_handshake::release(node_connection::user& by) {
  connection_->set_user(by);
  return std::move(connection_);
}

void node_handshake::check(clock::time_point now) {
  if (is_overdue(now)) fail({join_failure_reason::no_answer, "it does not answer"});
}

void node_handshake::fail(const join_failure& why) {
  if (std::exchange(ended_, true)) return;
  if (connection_) connection_->close();
  user_.on_failed(*this, why);
}

void node_handshake::on_closed(node_connection&, const join_failure& why) { fail(why); }

}  // namespace bennu
