#pragma once

#include <cstdint>
#include <optional>
#include <string>

namespace load {

/// What a process of this machine uses.
struct usage {
  double cpu_s = 0;  ///< since it began
  std::uint64_t memory_bytes = 0;
};

/// Nothing where there is no such process.
std::optional<usage> usage_of(int pid);

/// The process that listens on a TCP port of this machine; nothing where there is none, or where it is another user's.
std::optional<int> listener_of(std::uint16_t port);

/// Its name, for messages.
std::string name_of(int pid);

/// The inode of the socket that listens on `port`, in the form of /proc/net/tcp: for `listener_of`.
std::optional<std::string> listening_inode(const std::string& table, std::uint16_t port);

}  // namespace load
