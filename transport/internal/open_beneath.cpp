#include <bennu/transport/internal/open_beneath.hpp>

#include <cerrno>
#include <string_view>

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/syscall.h>

namespace bennu {
namespace {

constexpr int open_flags = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY;

}  // namespace

unique_fd open_beneath(int directory, const std::string& path) {
  open_how how{};
  how.flags = open_flags;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS;
  // EAGAIN: a rename happened while a link with ".." was followed, so the kernel cannot tell if it stayed below.
  long fd = -1;
  for (int attempts = 0; attempts < 8; ++attempts) {
    fd = ::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how);  // glibc has no wrapper for it
    if (fd >= 0 || errno != EAGAIN) break;
  }
  if (fd >= 0) return unique_fd{static_cast<int>(fd)};
  // An old kernel returns ENOSYS. Sandboxes that do not know the call refuse it with EPERM.
  if (errno != ENOSYS && errno != EPERM) return {};
  return open_beneath_without_links(directory, path);
}

unique_fd open_beneath_without_links(int directory, const std::string& path) {
  unique_fd parent;
  std::string_view rest = path;
  for (;;) {
    const std::string name{rest.substr(0, rest.find('/'))};
    if (name.empty() || name == "..") {
      errno = name.empty() ? ENOENT : EXDEV;
      return {};
    }
    const bool is_last = name.size() == rest.size();
    const int flags = open_flags | O_NOFOLLOW | (is_last ? 0 : O_DIRECTORY);
    unique_fd next{::openat(parent ? parent.get() : directory, name.c_str(), flags)};
    if (!next || is_last) return next;
    rest.remove_prefix(name.size() + 1);
    parent = std::move(next);
  }
}

}  // namespace bennu
