#include <bennu/runtime/text_file.hpp>

#include <cerrno>
#include <stdexcept>
#include <system_error>

#include <bennu/runtime/unique_fd.hpp>

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

namespace bennu {

std::string read_text_file(const std::string& path, const std::string& content) {
  const auto refuse = [&](const std::string& reason) -> std::invalid_argument {
    return std::invalid_argument{"cannot read the " + content + " in " + path + ": " + reason};
  };
  const auto system_reason = [] { return std::generic_category().message(errno); };
  const unique_fd file{::open(path.c_str(), O_RDONLY | O_NONBLOCK | O_CLOEXEC)};
  if (!file) throw refuse(system_reason());
  struct stat is{};
  if (::fstat(file.get(), &is) != 0) throw refuse(system_reason());
  if (!S_ISREG(is.st_mode)) throw refuse("it is not a regular file");
  std::string text;
  constexpr std::size_t step = 64 * 1024;
  for (;;) {
    const auto before = text.size();
    text.resize(before + step);
    const auto n = ::read(file.get(), text.data() + before, step);
    text.resize(before + (n > 0 ? static_cast<std::size_t>(n) : 0));
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) throw refuse(system_reason());
    if (n == 0) return text;
    if (text.size() > max_text_file_bytes) throw refuse("it is too large");
  }
}

}  // namespace bennu
