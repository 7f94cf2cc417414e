#include <bennu/pubsub/internal/link.hpp>

#include <utility>

namespace bennu {

link::link(shared& with, node_id peer, const std::string& address, std::string where, std::function<void()> wake)
    : with_(with), peer_(std::move(peer)), where_(std::move(where)) {
  with_.others.open(peer_, address, std::move(wake));
}

link::~link() { close("it was ended"); }

// -- from the other node ----------------------------------------------------------------------------------------------

link::reading link::read(std::string_view batch) {
  messages_ = message_bytes_ = 0;
  const bool is_well_formed = batch_reader::read(batch);
  if (left_) return reading::left;
  if (!is_well_formed) return reading::malformed;
  if (at_ == stage::up) with_.others.received(peer_.name, messages_, message_bytes_);
  return reading::complete;
}

void link::on(const record_interest& m) {
  if (at_ == stage::closed) return;
  with_.others.on(peer_.name, m);
  if (at_ == stage::up) return;
  at_ = stage::up;
  with_.others.up(peer_.name);
  with_.host.call([&](adapter::host& to) { to.on_node_up(peer_); });
  with_.log.info("node " + peer_.name + " is up, " + where_);
  with_.carried_by.on_link_up(*this);
}

void link::on(const record_message& m) {
  if (at_ != stage::up) return;
  ++messages_;
  message_bytes_ += m.bytes.size();
  with_.host.call([&](adapter::host& to) { to.on_message(peer_, m.bytes); });
}

void link::on(const record_interest_changes& m) {
  if (at_ != stage::closed) with_.others.on(peer_.name, m);
}

void link::on(const record_confirmed& m) {
  if (at_ != stage::closed) with_.others.on(peer_.name, m);
}

void link::on(const record_node& m) { with_.carried_by.on_known_node(m.node); }

void link::on(const record_dropped&) {
  if (at_ == stage::up) with_.host.call([&](adapter::host& to) { to.on_loss(peer_); });
}

void link::on(const record_leave&) { left_ = true; }

// -- to the other node ------------------------------------------------------------------------------------------------

bool link::take(std::string& batch) {
  if (at_ == stage::closed || !with_.others.take(peer_.name, batch)) return false;
  if (with_.others.has_left(peer_.name)) at_ = stage::closed;  // this node has left
  return true;
}

void link::leave() {
  if (at_ == stage::up) return with_.others.leave(peer_.name);
  close("this node leaves");
}

void link::close(std::string_view why) {
  const auto was = std::exchange(at_, stage::closed);
  if (was == stage::closed) return;
  with_.others.close(peer_.name);
  if (was != stage::up) return with_.log.debug("no link to node " + peer_.name + ": " + std::string{why});
  with_.host.call([&](adapter::host& to) { to.on_node_down(peer_); });
  with_.log.info("node " + peer_.name + " is down: " + std::string{why});
}

}  // namespace bennu
