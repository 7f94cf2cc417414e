#include <bennu/pubsub/direct_adapter/internal/direct_link.hpp>

#include <utility>

namespace bennu {

namespace {

/// The number of times that each end sends something within `limits::node_timeout`.
constexpr int signs_of_life_a_timeout = 4;

/// Room for the rest of a batch, beside its largest message.
constexpr std::size_t batch_bytes = std::size_t{1024} * 1024;

}  // namespace

direct_link::direct_link(link::shared& with, node_id peer, const node_address& address, const limits& l, user& by,
                         std::function<void()> wake,
                         const std::function<std::unique_ptr<node_connection>(node_connection::user&)>& take_connection)
    : address_(address),
      limits_(l),
      user_(by),
      link_(with, std::move(peer), address.port != 0 ? to_string(address) : "", "at " + to_string(address),
            std::move(wake)),
      connection_(take_connection(*this)),
      spoke_(clock::now()) {
  connection_->set_max_frame_bytes(limits_.max_node_outbox_bytes + batch_bytes);
}

void direct_link::on_frame(node_connection&, std::string_view frame) {
  if (frame == "t") return user_.on_tunnel_requested(*this);
  if (frame.empty() || frame.front() != 'b') return end("it sent a malformed frame");
  switch (link_.read(frame.substr(1))) {
    case link::reading::complete:
      break;
    case link::reading::malformed:
      return end("it sent a malformed batch");
    case link::reading::left:
      return end("it left", true);
  }
}

void direct_link::on_drained(node_connection&) { flush(); }

void direct_link::on_closed(node_connection&, const join_failure& why) { end(why.text); }

void direct_link::flush() {
  while (connection_->is_open() && connection_->is_drained()) {
    std::string batch{'b'};
    std::string records;
    if (!link_.take(records)) break;
    batch += records;
    spoke_ = clock::now();
    connection_->send(batch);
  }
  end_if_left();
}

void direct_link::tick(clock::time_point now) {
  if (now - connection_->heard() > limits_.node_timeout) return end("nothing was received from it");
  if (now - spoke_ < limits_.node_timeout / signs_of_life_a_timeout) return;
  spoke_ = now;
  if (connection_->is_drained()) connection_->send("b");  // otherwise it is still receiving messages
}

void direct_link::leave() {
  is_leaving_ = true;
  link_.leave();
  flush();
}

void direct_link::end_if_left() {
  if (!is_leaving_ || link_.at() != link::stage::closed || !connection_->is_drained()) return;
  is_leaving_ = false;
  connection_->close();
  user_.on_link_ended(*this, false);
}

void direct_link::close(std::string_view why) {
  link_.close(why);
  connection_->close();
}

void direct_link::end(std::string_view why, bool left) {
  if (!connection_->is_open() && link_.at() == link::stage::closed && !is_leaving_) return;
  is_leaving_ = false;
  close(why);
  user_.on_link_ended(*this, left);
}

}  // namespace bennu
