#pragma once

#include <cstddef>
#include <memory>

#include <bennu/transport/internal/connection_count.hpp>
#include <bennu/transport/internal/http_session.hpp>
#include <bennu/transport/long_poll_nodes.hpp>
#include <bennu/transport/socket_route.hpp>

namespace bennu {

class system;

/// Long polling as the Phoenix client speaks it (lib/phoenix/transports/long_poll.ex): sessions, and the requests that
/// carry their messages.
///
/// A session is named by its token, which the client gets with the answer to its first GET. It lives on one node, which
/// its token names too: a request that reaches another node of the cluster is sent on to it.
class long_poll_transport {
public:
  /// @param count where sessions are counted as the connections they stand for
  /// Both must outlive the transport.
  long_poll_transport(system& threads, connection_count& count);
  /// Ends all sessions and waits for their sockets to be told. No request may come any more. Not on an I/O thread.
  ~long_poll_transport();
  long_poll_transport(const long_poll_transport&) = delete;
  long_poll_transport& operator=(const long_poll_transport&) = delete;

  /// Sends requests on to the nodes that have their sessions, and answers what those send on. Once, before the first
  /// request. No other node may send anything any more when this object ends.
  void share(std::shared_ptr<long_poll_nodes> nodes, const bennu::limits& limits);

  /// On the loop of `from`.
  void handle(http_request request, const ref<http_session>& from, const std::shared_ptr<socket_route>& route);

  /// Begins to end sessions, `most` at most, so that their clients come back elsewhere; from now on none is opened. Any
  /// thread may call.
  /// @returns how many: less than `most` where none is left
  std::size_t drain(std::size_t most);

private:
  struct state;
  std::shared_ptr<state> state_;
};

}  // namespace bennu
