#pragma once

#include <condition_variable>
#include <cstddef>
#include <functional>
#include <memory>
#include <string>
#include <unordered_map>

#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/system.hpp>
#include <bennu/transport/internal/connection_count.hpp>
#include <bennu/transport/socket_route.hpp>

#include <caf/actor.hpp>

namespace bennu {

/// The long-poll sessions of this node, by their tokens. Any thread may call, unless noted otherwise.
class long_poll_sessions : public std::enable_shared_from_this<long_poll_sessions> {
public:
  /// @param threads must outlive the sessions
  explicit long_poll_sessions(system& threads) noexcept : threads_(threads) {}

  /// Opens a session and its socket, on the thread of `home`. If no more sessions are opened, it ends at once.
  /// @param token must be unpredictable and unique
  void open(const std::string& token, accepted_socket& accepted, connection_count::permit permit, event_loop& home,
            const std::shared_ptr<socket_route>& route);

  /// The session with a token; null if there is none. A token is valid only for the path that issued it.
  caf::actor find(const std::string& token, const std::string& path) const;

  /// Begins to end at most `most` sessions; from now on none is opened. @returns their number
  std::size_t end(std::size_t most);
  bool is_closing() const;
  /// Waits until no session is left. Must not be called on an I/O thread.
  void await_none();

private:
  struct entry {
    caf::actor session;  ///< keeps the session alive
    const socket_route* route;
    connection_count::permit permit;
    bool ending = false;
  };
  struct table {
    std::unordered_map<std::string, entry> sessions;  ///< bounded by the count of connections
    bool closing = false;
  };

  void remove(const std::string& token);

  system& threads_;
  guarded<table> table_;
  std::condition_variable none_left_;
};

}  // namespace bennu
