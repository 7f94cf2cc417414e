#include <algorithm>
#include <chrono>

#include <bennu/channels/internal/socket_actor.hpp>

// The socket as operators see it.
namespace bennu {

void socket_actor::describe(socket_info& to) const {
  const auto& from = context_->origin;
  to.id = context_->id;
  to.path = from.path;
  to.transport = context_->client->transport();
  to.address = from.address;
  to.connected_at = std::chrono::duration_cast<std::chrono::milliseconds>(from.connected_at.time_since_epoch()).count();
  to.waiting_bytes = context_->client->waiting_bytes();
  for (const auto& e : entries_) {
    if (e.at == stage::joined) to.topics.push_back(e.channel->topic().name());
  }
}

bool socket_actor::has_joined(std::string_view topic) const {
  return std::any_of(entries_.begin(), entries_.end(),
                     [&](const entry& e) { return e.at == stage::joined && e.channel->topic().name() == topic; });
}

void socket_actor::count(node_report& to) const {
  ++to.sockets;
  ++to.sockets_by_path[std::string{context_->origin.path}];
  to.waiting_bytes += context_->client->waiting_bytes();
  for (const auto& e : entries_) {
    if (e.at != stage::joined) continue;
    ++to.channels;
    ++to.channels_by_class[e.channel->of_class().pattern];
  }
}

}  // namespace bennu
