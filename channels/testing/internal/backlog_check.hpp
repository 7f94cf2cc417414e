#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include <bennu/channels/internal/channel_actor.hpp>
#include <bennu/channels/internal/socket_actor.hpp>

#include <caf/intrusive_ptr.hpp>

namespace bennu::testing {

/// Checks that the messages which wait in the actors of sockets and channels are counted exactly, and bounded:
///
/// - A client of which `max_waiting_messages` or `max_waiting_bytes` wait is paused. From then on none is added.
/// - At most `max_channel_backlog` messages of other actors wait for a channel's result.
class backlog_check {
public:
  void add(socket_actor& made);
  void add(channel_actor& made);

  /// Counts the messages of all clients. Call it after each step. @returns the fault, or an empty text
  std::string fault();

private:
  struct client {
    caf::intrusive_ptr<socket_actor> socket;
    std::vector<caf::intrusive_ptr<channel_actor>> channels;
    bool was_paused = false;
    std::size_t messages = 0;  ///< at the last step, unhandled ones included
  };

  static std::string fault_of(client& which);
  static std::string fault_of_channels(const client& which, backlog_size& waiting);

  std::vector<client> clients_;
};

}  // namespace bennu::testing
