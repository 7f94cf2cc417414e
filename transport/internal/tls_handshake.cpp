#include <bennu/transport/internal/tls_handshake.hpp>

#include <cerrno>
#include <string>
#include <utility>

#include <bennu/runtime/tls/tls_stream.hpp>

namespace bennu {

static_assert(io_shard::buffer_bytes > 2 * tls_stream::max_record_bytes);

void tls_handshake::start(io_shard& shard, accepted_peer client, const bennu::limits& limits,
                          request_handler& handler) {
  auto* self = new tls_handshake(shard, std::move(client), limits, handler);
  shard.sessions.push_back(*self);
  shard.idle(limits.tls_handshake_timeout).add(*self);
  if (!shard.loop.watch(self->client_.stream.fd(), EPOLLIN, *self)) self->end();
}

tls_handshake::tls_handshake(io_shard& shard, accepted_peer client, const bennu::limits& limits,
                             request_handler& handler)
    : shard_(shard), client_(std::move(client)), limits_(limits), handler_(handler), began_(shard.loop.now()) {}

void tls_handshake::on_ready(std::uint32_t) {
  auto& stream = client_.stream;
  const auto n = stream.read(shard_.input);
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) {
    shard_.count_failure(stream);
    if (const auto& why = stream.tls()->failure(); !why.empty() && shard_.log.enabled(log_level::debug)) {
      shard_.log.debug("TLS handshake with " + client_.address + " failed: " + why);
    }
    return end();
  }
  if (stream.tls()->is_established()) {
    return become_http({shard_.input.data(), n > 0 ? static_cast<std::size_t>(n) : 0});
  }
  watch(stream.flush() ? EPOLLIN : EPOLLIN | EPOLLOUT);
}

/// @param input the bytes that have already arrived after the handshake
void tls_handshake::become_http(std::string_view input) {
  leave();
  auto certificate = client_.stream.tls()->certificate();
  if (certificate) client_.certificate = std::make_shared<const peer_certificate>(std::move(*certificate));
  http_session::start(shard_, std::move(client_), limits_, handler_, input);
  delete this;
}

void tls_handshake::watch(std::uint32_t events) {
  if (std::exchange(watched_, events) != events) shard_.loop.rewatch(client_.stream.fd(), events, *this);
}

bool tls_handshake::drain() {
  end();
  return true;
}

void tls_handshake::on_idle() {
  shard_.counts.add(metric::connections_timed_out);
  end();
}

void tls_handshake::leave() {
  shard_.loop.unwatch(client_.stream.fd(), *this);
  idle_wheel::item::unlink();
  shard_.sessions.erase(shard_.sessions.iterator_to(*this));
}

void tls_handshake::end() {
  leave();
  client_.stream.close();
  delete this;
}

}  // namespace bennu
