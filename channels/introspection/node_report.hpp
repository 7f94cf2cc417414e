#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

namespace bennu {

/// A node and its clients. A plain value.
struct node_report {
  std::string name;
  bool up = false;  ///< false if it is known, but not linked, or did not answer in time; then the numbers are 0
  std::uint64_t sockets = 0;
  std::uint64_t channels = 0;
  std::uint64_t waiting_bytes = 0;  ///< of messages that wait for its clients
  std::int64_t lag_ms = 0;          ///< the delay of messages from the asking node to it; see `node_info::lag`
  std::map<std::string, std::uint64_t> sockets_by_path;
  std::map<std::string, std::uint64_t> channels_by_class;  ///< by the class's pattern, such as "room:*"

  static void fields(auto& self, auto&& f) {
    f("name", self.name);
    f("up", self.up);
    f("sockets", self.sockets);
    f("channels", self.channels);
    f("waiting_bytes", self.waiting_bytes);
    f("lag_ms", self.lag_ms);
    f("sockets_by_path", self.sockets_by_path);
    f("channels_by_class", self.channels_by_class);
  }
};

}  // namespace bennu
