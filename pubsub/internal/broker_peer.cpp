#include <bennu/pubsub/internal/broker_peer.hpp>

#include <utility>

namespace bennu {

void broker_peer::open(std::uint64_t number, link::shared& with, const std::string& broker, std::function<void()> wake,
                       clock::time_point now) {
  link_number_ = number;
  next_in_ = next_out_ = 0;
  link_began_ = now;
  link_ = std::make_unique<link>(with, id_, "", "through " + broker, std::move(wake));
}

void broker_peer::close(std::string_view why) {
  if (link_) link_->close(why);
  link_.reset();
}

void broker_peer::leave() {
  if (!link_) return;
  link_->leave();
  if (link_->at() == link::stage::closed) link_.reset();
}

std::optional<link::reading> broker_peer::read(const broker_batch& batch) {
  if (batch.number != next_in_) return std::nullopt;
  ++next_in_;
  return link_->read(batch.records);
}

std::optional<std::string> broker_peer::take(const node_id& self) {
  std::string records;
  if (!link_ || !link_->take(records)) return std::nullopt;
  auto batch = encode(broker_batch{self, id_.incarnation, link_number_, next_out_++, records});
  if (link_->at() == link::stage::closed) link_.reset();
  return batch;
}

}  // namespace bennu
