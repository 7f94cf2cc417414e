#pragma once

#include <functional>
#include <string>
#include <vector>

#include <bennu/pubsub/internal/link_format.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/unique_fd.hpp>

#include <sys/socket.h>

namespace bennu {

/// An address as a number. A socket for both families writes IPv4's in a longer form; here it is the plain one.
node_address address_of(const sockaddr_storage& address, socklen_t size);

/// The numeric addresses of a name, or the reason why there are none.
struct resolved {
  std::vector<node_address> addresses;
  std::string error;
};

/// Asks the network's name service, which may take many seconds, on a thread of its own; an address that is a number
/// already takes none. The result comes on the loop, unless `cancel` was set: the loop has to live until then.
class node_resolver {
public:
  explicit node_resolver(event_loop& loop);
  /// Results that have not come do not come any more.
  ~node_resolver();
  node_resolver(const node_resolver&) = delete;
  node_resolver& operator=(const node_resolver&) = delete;

  void resolve(const node_address& name, std::function<void(resolved)> then);

private:
  struct shared;
  std::shared_ptr<shared> shared_;
};

/// Begins to connect to an address that is a number.
struct connecting {
  unique_fd socket;
  int error = 0;  ///< errno, if there is no socket
};
connecting begin_connect(const node_address& to);

}  // namespace bennu
