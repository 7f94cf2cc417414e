#include <bennu/transport/internal/stream.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <utility>

#include <bennu/runtime/tls/tls_stream.hpp>

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/sendfile.h>
#include <unistd.h>

namespace bennu {

namespace {

/// Bytes of a file written at once, plain and encrypted.
constexpr std::uint64_t plain_chunk = 1 << 20;
constexpr std::uint64_t encrypted_chunk = 64 * 1024;

}  // namespace

stream::stream() noexcept = default;
stream::stream(unique_fd fd) noexcept : fd_(std::move(fd)) {}
stream::stream(stream&&) noexcept = default;
stream& stream::operator=(stream&&) noexcept = default;
stream::~stream() = default;

void stream::speak(std::unique_ptr<tls_stream> tls) noexcept { tls_ = std::move(tls); }

ssize_t stream::read_tls(std::span<char> to) { return tls_->read(fd_.get(), to); }
ssize_t stream::write_tls(std::string_view bytes) { return tls_->write(fd_.get(), bytes); }
bool stream::flush_tls() { return tls_->flush(fd_.get()); }

void stream::limit_unacknowledged(std::chrono::milliseconds time) noexcept {
  const auto ms = static_cast<unsigned>(std::min<std::int64_t>(time.count(), INT32_MAX));
  ::setsockopt(fd_.get(), IPPROTO_TCP, TCP_USER_TIMEOUT, &ms, sizeof ms);
}

ssize_t stream::write_file(int file, std::uint64_t most) {
  if (!tls_) return ::sendfile(fd_.get(), file, nullptr, std::min(most, plain_chunk));
  if (!flush()) return errno = EAGAIN, -1;
  thread_local std::array<char, encrypted_chunk> part;
  const auto n = ::read(file, part.data(), std::min(most, encrypted_chunk));
  // TLS accepts all of it, because nothing waited before it.
  return n <= 0 ? n : write_tls({part.data(), static_cast<std::size_t>(n)});
}

void stream::end_writing() {
  if (tls_) tls_->end_writing(fd_.get());
  ::shutdown(fd_.get(), SHUT_WR);
}

void stream::close() {
  if (tls_ && fd_) tls_->end_writing(fd_.get());
  tls_.reset();
  fd_ = {};
}

}  // namespace bennu
