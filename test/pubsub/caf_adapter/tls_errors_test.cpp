#include <bennu/pubsub/caf_adapter/internal/tls_errors.hpp>

#include <memory>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <unistd.h>
#include <bennu/pubsub/caf_adapter/internal/credentials.hpp>

#include <doctest/doctest.h>

using namespace bennu;

namespace {

template <auto Free>
struct freed {
  void operator()(auto* what) const noexcept { Free(what); }
};
using context_ptr = std::unique_ptr<SSL_CTX, freed<SSL_CTX_free>>;
using ssl_ptr = std::unique_ptr<SSL, freed<SSL_free>>;

/// Two ends of a connection over sockets, in one thread; the handshake is done.
struct connection {
  explicit connection(const credentials& proof) : context(SSL_CTX_new(TLS_method())) {
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    REQUIRE(SSL_CTX_use_certificate_chain_file(context.get(), proof.certificate_path().c_str()) == 1);
    REQUIRE(SSL_CTX_use_PrivateKey_file(context.get(), proof.key_path().c_str(), SSL_FILETYPE_PEM) == 1);
    here.reset(SSL_new(context.get()));
    there.reset(SSL_new(context.get()));
    SSL_set_fd(here.get(), fds[0]);
    SSL_set_fd(there.get(), fds[1]);
    bool done_here = false;
    bool done_there = false;
    for (int i = 0; i < 10 && !(done_here && done_there); ++i) {
      done_here = SSL_connect(here.get()) == 1;
      done_there = SSL_accept(there.get()) == 1;
    }
    REQUIRE(done_here);
    REQUIRE(done_there);
  }
  ~connection() {
    close(fds[0]);
    close(fds[1]);
  }
  connection(const connection&) = delete;
  connection& operator=(const connection&) = delete;

  /// What becomes of a read, as CAF sees it.
  int read() const {
    char byte = 0;
    return SSL_get_error(here.get(), SSL_read(here.get(), &byte, 1));
  }
  /// The other end is gone without a farewell.
  void lose() const { shutdown(fds[1], SHUT_WR); }

  context_ptr context;
  ssl_ptr here;
  ssl_ptr there;
  int fds[2] = {-1, -1};
};

}  // namespace

TEST_CASE("a connection that ends without a farewell takes no other one with it") {
  keep_tls_errors_apart();
  const auto proof = credentials::from_cookie("a cookie of some length");
  const connection lost{proof};
  const connection other{proof};
  CHECK(other.read() == SSL_ERROR_WANT_READ);
  lost.lose();
  const auto error = lost.read();
  CHECK((error == SSL_ERROR_SSL || error == SSL_ERROR_SYSCALL));
  CHECK(other.read() == SSL_ERROR_WANT_READ);
  ERR_clear_error();
}

TEST_CASE("nor does an error of whatever kind that somebody left behind") {
  keep_tls_errors_apart();
  const connection other{credentials::from_cookie("a cookie of some length")};
  ERR_raise(ERR_LIB_SSL, ERR_R_INTERNAL_ERROR);
  CHECK(other.read() == SSL_ERROR_WANT_READ);
  char byte = 'x';
  ERR_raise(ERR_LIB_SSL, ERR_R_INTERNAL_ERROR);
  CHECK(SSL_write(other.there.get(), &byte, 1) == 1);
  CHECK(other.read() == SSL_ERROR_NONE);
  ERR_clear_error();
}
