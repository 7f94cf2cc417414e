#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace load {

/// The resources that a process of this machine uses.
struct usage {
  double cpu_s = 0;  ///< since the start of the process
  std::uint64_t memory_bytes = 0;
};

/// Returns nothing if there is no such process.
std::optional<usage> usage_of(int pid);

/// The process that listens on a TCP port of this machine; nothing if there is none, or if it belongs to another user.
std::optional<int> listener_of(std::uint16_t port);

/// The name of a process, for messages.
std::string name_of(int pid);

/// The inode of the socket that listens on `port`, in the form of /proc/net/tcp: for `listener_of`.
std::optional<std::string> listening_inode(const std::string& table, std::uint16_t port);

}  // namespace load
