#include <bennu/runtime/tls/tls_stream.hpp>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <new>
#include <stdexcept>
#include <utility>

#include <openssl/evp.h>
#include <openssl/x509v3.h>
#include <sys/socket.h>

namespace bennu {

namespace {

/// The buffers that a call of OpenSSL reads from and writes to.
struct exchange {
  std::array<char, 32 * 1024> received;
  std::string_view in;  ///< the rest of `received` that OpenSSL has not read yet
  std::string out;

  /// Called before OpenSSL is called for one connection. If memory was refused, bytes of another connection may be
  /// left.
  void begin(std::string_view input = {}) {
    in = input;
    out.clear();
    ERR_clear_error();
  }
};

thread_local exchange wire;

/// The bytes that are encrypted before each write: four records.
constexpr std::size_t write_chunk = 64 * 1024;

/// Steps of OpenSSL's state machine in one change of keys, which takes some 15 microseconds for its 27 bytes.
constexpr std::size_t steps_a_key_change = 5;

int take_in(BIO* bio, char* to, int size) {
  BIO_clear_retry_flags(bio);
  if (wire.in.empty()) {
    BIO_set_retry_read(bio);
    return -1;
  }
  const auto n = wire.in.copy(to, static_cast<std::size_t>(size));
  wire.in.remove_prefix(n);
  return static_cast<int>(n);
}

/// Throws no exception, because OpenSSL is written in C.
int put_out(BIO*, const char* from, int size) noexcept {
  try {
    wire.out.append(from, static_cast<std::size_t>(size));
    return size;
  } catch (const std::bad_alloc&) {
    return -1;
  }
}

long control(BIO*, int command, long, void*) { return command == BIO_CTRL_FLUSH ? 1 : 0; }

/// A BIO whose bytes are those of this thread's exchange.
BIO* make_bio() {
  static const auto* const method = [] {
    auto* made = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK, "bennu");
    if (made == nullptr) throw std::bad_alloc();
    BIO_meth_set_read(made, take_in);
    BIO_meth_set_write(made, put_out);
    BIO_meth_set_ctrl(made, control);
    return made;
  }();
  auto* bio = BIO_new(method);
  if (bio == nullptr) throw std::bad_alloc();
  BIO_set_init(bio, 1);
  return bio;
}

std::string der_of(const X509* certificate) {
  std::string der(static_cast<std::size_t>(std::max(i2d_X509(certificate, nullptr), 0)), '\0');
  auto* to = reinterpret_cast<unsigned char*>(der.data());
  if (!der.empty()) i2d_X509(certificate, &to);
  return der;
}

std::string fingerprint_of(std::string_view der) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> digest;
  unsigned size = 0;
  EVP_Digest(der.data(), der.size(), digest.data(), &size, EVP_sha256(), nullptr);
  static constexpr char digits[] = "0123456789abcdef";
  std::string text;
  for (unsigned i = 0; i < size; ++i) {
    text.push_back(digits[digest[i] >> 4]);
    text.push_back(digits[digest[i] & 15]);
  }
  return text;
}

std::string subject_of(const X509* certificate) {
  const std::unique_ptr<BIO, openssl_deleter<&BIO_free_all>> memory{BIO_new(BIO_s_mem())};
  if (!memory) throw std::bad_alloc();
  X509_NAME_print_ex(memory.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* text = nullptr;
  const auto size = BIO_get_mem_data(memory.get(), &text);
  return {text, static_cast<std::size_t>(size)};
}

std::vector<std::string> names_of(X509* certificate) {
  std::vector<std::string> names;
  const std::unique_ptr<GENERAL_NAMES, openssl_deleter<&GENERAL_NAMES_free>> all{
      static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr))};
  for (int i = 0; all && i < sk_GENERAL_NAME_num(all.get()); ++i) {
    const auto* name = sk_GENERAL_NAME_value(all.get(), i);
    if (name->type != GEN_DNS && name->type != GEN_EMAIL && name->type != GEN_URI) continue;
    const auto* text = name->d.ia5;
    names.emplace_back(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                       static_cast<std::size_t>(ASN1_STRING_length(text)));
  }
  return names;
}

}  // namespace

tls_stream::tls_stream(ssl_ptr ssl, const limits& of)
    : ssl_(std::move(ssl)),
      max_unsent_bytes_(of.max_tls_unsent_bytes),
      max_later_steps_(of.max_tls_key_changes * steps_a_key_change) {
  auto* bio = make_bio();
  SSL_set_bio(ssl_.get(), bio, bio);
  SSL_set_app_data(ssl_.get(), this);
  SSL_set_info_callback(ssl_.get(), on_step);
}

void tls_stream::on_step(const SSL* ssl, int where, int) {
  auto& self = *static_cast<tls_stream*>(SSL_get_app_data(ssl));
  if ((where & SSL_CB_LOOP) != 0 && self.shaken_) ++self.later_steps_;
}

/// Ends a connection whose client makes TLS itself work too much.
void tls_stream::judge() {
  if (unsent_.size() > max_unsent_bytes_) failure_ = "the client makes TLS send too much, and reads nothing";
  if (later_steps_ > max_later_steps_) failure_ = "the client changes its keys too often";
  shaken_ = shaken_ || is_established();
}

void tls_stream::fail() {
  failure_reason_ = ERR_GET_REASON(ERR_peek_error());
  failure_ = openssl_error();
}

void tls_stream::begin(int fd) {
  wire.begin();
  SSL_do_handshake(ssl_.get());  // it always has to read next
  send_out(fd);
}

ssize_t tls_stream::read(int fd, std::span<char> to) {
  if (ended_ || !failure_.empty()) return 0;
  const auto room = std::min(wire.received.size(), to.size() - max_record_bytes);
  const auto n = ::recv(fd, wire.received.data(), room, 0);
  if (n <= 0) return n;
  wire.begin({wire.received.data(), static_cast<std::size_t>(n)});
  std::size_t filled = 0;
  for (int got = 0; (got = SSL_read(ssl_.get(), to.data() + filled, static_cast<int>(to.size() - filled))) > 0;) {
    filled += static_cast<std::size_t>(got);
  }
  switch (SSL_get_error(ssl_.get(), -1)) {
    case SSL_ERROR_WANT_READ:
      break;
    case SSL_ERROR_ZERO_RETURN:
      ended_ = true;
      break;
    default:
      fail();
  }
  send_out(fd);  // a handshake's answer, or an alert
  judge();
  if (filled > 0) {
    // The next read reports the end; this makes the loop call it.
    if (ended_ || !failure_.empty()) ::shutdown(fd, SHUT_RD);
    return static_cast<ssize_t>(filled);
  }
  if (ended_ || !failure_.empty()) return 0;
  errno = EAGAIN;
  return -1;
}

ssize_t tls_stream::write(int fd, std::string_view bytes) {
  if (!failure_.empty()) return errno = EPIPE, -1;
  if (!flush(fd)) return errno = EAGAIN, -1;
  std::size_t taken = 0;
  while (taken < bytes.size()) {
    const auto part = bytes.substr(taken, write_chunk);
    wire.begin();
    if (SSL_write(ssl_.get(), part.data(), static_cast<int>(part.size())) != static_cast<int>(part.size())) {
      fail();
      return errno = EPIPE, -1;
    }
    taken += part.size();
    if (!send_out(fd)) break;
  }
  return static_cast<ssize_t>(taken);
}

bool tls_stream::flush(int fd) {
  if (unsent_.empty()) return true;
  wire.begin();
  return send_out(fd);
}

/// Sends the kept bytes, and then those in this thread's exchange. @returns true if none is left. An error of the
/// socket is left for the next read to find.
bool tls_stream::send_out(int fd) {
  if (!unsent_.empty()) unsent_ += wire.out;
  std::string_view left = unsent_.empty() ? wire.out : unsent_;
  while (!left.empty()) {
    const auto n = ::send(fd, left.data(), left.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) break;
    left.remove_prefix(static_cast<std::size_t>(n));
  }
  unsent_ = std::string{left};
  wire.out.clear();
  return unsent_.empty();
}

void tls_stream::end_writing(int fd) {
  if (!failure_.empty() || !is_established()) return;
  wire.begin();
  SSL_shutdown(ssl_.get());
  send_out(fd);
}

std::optional<peer_certificate> tls_stream::certificate() const {
  const x509_ptr shown{SSL_get1_peer_certificate(ssl_.get())};
  if (!shown) return std::nullopt;
  peer_certificate result{subject_of(shown.get()), names_of(shown.get()), {}, der_of(shown.get())};
  result.fingerprint = fingerprint_of(result.der);
  return result;
}

}  // namespace bennu
