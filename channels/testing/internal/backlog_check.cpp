#include <bennu/channels/testing/internal/backlog_check.hpp>

#include <algorithm>

namespace bennu::testing {

namespace {

std::string text_of(const backlog_size& size) {
  return std::to_string(size.messages) + " messages of " + std::to_string(size.bytes) + " bytes";
}

}  // namespace

void backlog_check::add(socket_actor& made) { clients_.push_back({caf::intrusive_ptr<socket_actor>{&made}, {}}); }

void backlog_check::add(channel_actor& made) {
  const auto found = std::find_if(clients_.begin(), clients_.end(),
                                  [&](const client& c) { return &c.socket->context() == &made.context(); });
  if (found != clients_.end()) found->channels.emplace_back(&made);
}

std::string backlog_check::fault() {
  std::erase_if(clients_, [](const client& c) { return c.socket->is_closed(); });
  for (auto& c : clients_) {
    if (auto found = fault_of(c); !found.empty()) return found;
  }
  return {};
}

std::string backlog_check::fault_of(client& which) {
  const auto& limits = which.socket->context().limits;
  const auto& backlog = which.socket->context().backlog;
  const auto in_socket = which.socket->measure();
  auto waiting = in_socket.for_join;
  if (auto found = fault_of_channels(which, waiting); !found.empty()) return found;
  if (waiting != backlog.waiting()) {
    return text_of(waiting) + " of a client wait, but " + text_of(backlog.waiting()) + " are counted";
  }
  const bool is_full = waiting.messages >= limits.max_waiting_messages || waiting.bytes >= limits.max_waiting_bytes;
  if (is_full && !backlog.is_paused()) return text_of(waiting) + " of a client wait, which is not paused";
  const auto messages = waiting.messages + in_socket.unhandled;
  if (which.was_paused && messages > which.messages) {
    return "a paused client has " + std::to_string(messages) + " messages, " + std::to_string(which.messages) +
           " before";
  }
  which.was_paused = backlog.is_paused();
  which.messages = messages;
  return {};
}

std::string backlog_check::fault_of_channels(const client& which, backlog_size& waiting) {
  const auto most = which.socket->context().limits.max_channel_backlog;
  for (const auto& channel : which.channels) {
    const auto load = channel->measure();
    waiting += load.of_client;
    if (load.of_others_for_result > most) {
      return std::to_string(load.of_others_for_result) + " messages of others wait for channel " +
             channel->topic().name() + ", more than max_channel_backlog";
    }
  }
  return {};
}

}  // namespace bennu::testing
