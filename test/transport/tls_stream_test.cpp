#include <bennu/runtime/tls/tls_stream.hpp>

#include <array>
#include <cerrno>
#include <string>
#include <vector>

#include <bennu/transport/internal/tls_context.hpp>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tls_client.hpp"

using bennu::tls_context;
using bennu::tls_options;
using bennu::tls_stream;
using bennu::unique_fd;

namespace {

const tls_options plain_server{certificate("server.pem"), certificate("server_key.pem")};

tls_options asking(bool required) {
  auto options = plain_server;
  options.client_ca = certificate("ca.pem");
  options.require_client_certificate = required;
  return options;
}

/// A server's stream and a client on the two ends of a connection.
class connection {
public:
  explicit connection(tls_context& context, const tls_client::setup& change = {})
      : stream(context.accept()), client(connect(), change) {}

  /// Both sides take turns until neither makes progress.
  void shake() {
    for (int i = 0; i < 10; ++i) {
      client.shake();
      heard += read();
    }
  }

  /// The bytes of one read of the server.
  std::string read() {
    last = stream->read(server.get(), room_);
    return last > 0 ? std::string{room_.data(), static_cast<std::size_t>(last)} : std::string{};
  }

  ssize_t write(std::string_view text) { return stream->write(server.get(), text); }

  unique_fd server;
  std::unique_ptr<tls_stream> stream;
  tls_client client;
  std::string heard;  ///< bytes that the server received during the handshake
  ssize_t last = 0;   ///< result of the last read

private:
  unique_fd connect() {
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    server = unique_fd{fds[0]};
    return unique_fd{fds[1]};
  }

  std::array<char, 64 * 1024> room_;
};

tls_client::setup speaks(int version) {
  return [version](SSL_CTX* context) {
    SSL_CTX_set_security_level(context, 0);
    SSL_CTX_set_min_proto_version(context, version);
    SSL_CTX_set_max_proto_version(context, version);
  };
}

tls_client::setup offers(std::string_view protocols) {
  return [protocols](SSL_CTX* context) {
    SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(protocols.data()),
                            static_cast<unsigned>(protocols.size()));
  };
}

}  // namespace

TEST_CASE("TLS 1.2 and 1.3 carry bytes both ways") {
  tls_context context{plain_server};
  for (const auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    connection c{context, speaks(version)};
    CHECK_FALSE(c.stream->is_established());
    c.shake();
    REQUIRE(c.stream->is_established());
    CHECK(c.client.server_name() == "server");
    CHECK(c.last < 0);
    CHECK(errno == EAGAIN);
    c.client.send("ping");
    CHECK(c.read() == "ping");
    CHECK(c.write("pong") == 4);
    CHECK(c.client.receive() == "pong");
    CHECK_FALSE(c.stream->certificate());
  }
}

TEST_CASE("older versions, and ciphers without forward secrecy, are refused") {
  tls_context context{plain_server};
  for (const auto version : {TLS1_VERSION, TLS1_1_VERSION}) {
    connection c{context, speaks(version)};
    c.shake();
    CHECK_FALSE(c.stream->is_established());
    CHECK(c.last == 0);
    CHECK_FALSE(c.stream->failure().empty());
  }
  for (const auto* cipher : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"}) {
    CAPTURE(cipher);
    connection c{context, [&](SSL_CTX* client) {
                   SSL_CTX_set_max_proto_version(client, TLS1_2_VERSION);
                   REQUIRE(SSL_CTX_set_cipher_list(client, cipher) == 1);
                 }};
    c.shake();
    CHECK(c.stream->failure() == "no shared cipher");
  }
}

TEST_CASE("bytes after the handshake in the same packet are read with it") {
  tls_context context{plain_server};
  connection c{context};
  c.client.shake();
  c.read();
  REQUIRE(c.client.shake());
  c.client.send("a request ");
  c.client.send("at once");
  CHECK(c.read() == "a request at once");
  CHECK(c.stream->is_established());
}

TEST_CASE("a record that comes byte by byte is read when it is whole") {
  tls_context context{plain_server};
  connection c{context};
  c.shake();
  int pipe[2];
  REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pipe) == 0);
  const unique_fd from_client{pipe[0]};
  const unique_fd to_relay{pipe[1]};
  SSL_set_wfd(c.client.ssl.get(), to_relay.get());
  c.client.send("slowly");
  std::string heard;
  for (char byte = 0; ::read(from_client.get(), &byte, 1) == 1;) {
    CHECK(heard.empty());
    REQUIRE(::write(c.client.fd(), &byte, 1) == 1);
    heard += c.read();
  }
  CHECK(heard == "slowly");
}

TEST_CASE("64 KB of records are read at once") {
  tls_context context{plain_server};
  connection c{context};
  c.shake();
  std::string sent;
  for (int i = 0; i < 60; ++i) {
    const std::string part(1000, static_cast<char>('a' + i % 26));
    c.client.send(part);
    sent += part;
  }
  std::string heard;
  for (int i = 0; i < 4; ++i) heard += c.read();
  CHECK(heard == sent);
}

TEST_CASE("bytes that the kernel does not accept are kept, and come before later ones") {
  tls_context context{plain_server};
  connection c{context};
  c.shake();
  c.client.receive();
  std::string sent;
  for (char letter = 'a';; ++letter) {
    const std::string part(100'000, letter);
    const auto n = c.write(part);
    if (n < 0) {
      CHECK(errno == EAGAIN);
      break;
    }
    sent += part.substr(0, static_cast<std::size_t>(n));
    if (static_cast<std::size_t>(n) < part.size()) CHECK_FALSE(c.stream->flush(c.server.get()));
  }
  std::string got;
  for (bool done = false; !done;) {
    got += c.client.receive();
    done = c.stream->flush(c.server.get());
  }
  got += c.client.receive();
  CHECK(c.write("and on") == 6);
  got += c.client.receive();
  CHECK(got == sent + "and on");
}

TEST_CASE("a client that has TLS answer it, and does not read the answers, is cut") {
  tls_context context{plain_server};
  connection c{context, speaks(TLS1_3_VERSION)};
  c.shake();
  // Until the kernel accepts no more; then answers accumulate.
  while (c.write(std::string(10'000, 'x')) > 0) {
  }
  for (std::size_t turns = 0; c.stream->failure().empty() && turns < 10'000; ++turns) {
    SSL_key_update(c.client.ssl.get(), SSL_KEY_UPDATE_REQUESTED);
    c.client.shake();
    c.read();
  }
  CHECK_FALSE(c.stream->failure().empty());
  CHECK(c.last == 0);
}

TEST_CASE("a client that changes its keys again and again is cut, though it reads") {
  tls_context context{plain_server};
  connection c{context, speaks(TLS1_3_VERSION)};
  c.shake();
  std::size_t changes = 0;
  for (; c.stream->failure().empty() && changes < 10'000; ++changes) {
    SSL_key_update(c.client.ssl.get(), SSL_KEY_UPDATE_REQUESTED);
    c.client.shake();
    c.read();
    c.client.receive();
  }
  CHECK(c.stream->failure() == "the client changes its keys too often");
  CHECK(changes >= bennu::limits{}.max_tls_key_changes / 2);
  CHECK(changes <= bennu::limits{}.max_tls_key_changes + 1);
}

TEST_CASE("a client that changes its keys, and reads, goes on") {
  tls_context context{plain_server};
  connection c{context, speaks(TLS1_3_VERSION)};
  c.shake();
  for (int i = 0; i < 100; ++i) {
    SSL_key_update(c.client.ssl.get(), SSL_KEY_UPDATE_REQUESTED);
    c.client.send("ping");
    CHECK(c.read() == "ping");
    CHECK(c.write("pong") == 4);
    CHECK(c.client.receive() == "pong");
  }
}

TEST_CASE("a client of TLS 1.2 that wants to negotiate again is not obliged") {
  tls_context context{plain_server};
  connection c{context, speaks(TLS1_2_VERSION)};
  c.shake();
  REQUIRE(SSL_renegotiate(c.client.ssl.get()) == 1);
  c.client.shake();
  CHECK(c.read().empty());
  CHECK(c.client.receive().empty());
  CHECK(SSL_get_error(c.client.ssl.get(), -1) == SSL_ERROR_SSL);  // the alert refuses it
}

TEST_CASE("a client that ends TLS is read to its end, and then has ended") {
  tls_context context{plain_server};
  connection c{context};
  c.shake();
  c.client.send("last words");
  SSL_shutdown(c.client.ssl.get());
  CHECK(c.read() == "last words");
  c.read();
  CHECK(c.last == 0);
  CHECK(c.stream->failure().empty());
  CHECK(c.write("answer") == 6);
  CHECK(c.client.receive() == "answer");
}

TEST_CASE("a server that ends TLS sends its message for that") {
  tls_context context{plain_server};
  connection c{context};
  c.shake();
  c.write("bye");
  c.stream->end_writing(c.server.get());
  CHECK(c.client.receive() == "bye");
  CHECK((SSL_get_shutdown(c.client.ssl.get()) & SSL_RECEIVED_SHUTDOWN) != 0);
}

TEST_CASE("a client that vanishes has ended") {
  tls_context context{plain_server};
  connection c{context};
  c.shake();
  c.client.receive();
  c.client.hang_up();
  c.read();
  CHECK(c.last == 0);
}

TEST_CASE("bytes that are not TLS, or were changed on the way, end the stream") {
  tls_context context{plain_server};
  for (const std::string_view nonsense :
       {std::string_view{"GET / HTTP/1.1\r\nhost: a\r\n\r\n"}, std::string_view{"\x16\x03\x01\xff\xff\x01", 6},
        std::string_view{"\0\0\0\0\0\0\0\0\0\0\0\0", 12}}) {
    connection c{context};
    REQUIRE(::write(c.client.fd(), nonsense.data(), nonsense.size()) > 0);
    c.read();
    CHECK(c.last == 0);
    CHECK_FALSE(c.stream->failure().empty());
    CHECK(c.write("late") < 0);
  }
  connection c{context};
  c.shake();
  // A record of application data, which no key of this connection has made.
  const std::string record = std::string{"\x17\x03\x03\x00\x20", 5} + std::string(32, 'x');
  REQUIRE(::write(c.client.fd(), record.data(), record.size()) > 0);
  c.read();
  CHECK(c.last == 0);
  CHECK_FALSE(c.stream->failure().empty());
}

TEST_CASE("of the protocols that a client names, HTTP/1.1 is chosen; without it the client is refused") {
  tls_context context{plain_server};
  connection browser{context, offers("\x02h2\x08http/1.1")};
  browser.shake();
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(browser.client.ssl.get(), &chosen, &size);
  CHECK(std::string_view{reinterpret_cast<const char*>(chosen), size} == "http/1.1");

  connection other{context, offers("\x02h2")};
  other.shake();
  CHECK_FALSE(other.stream->is_established());
  CHECK(other.stream->failure() == "no application protocol");
}

TEST_CASE("a client resumes with a ticket, until the certificates are reloaded") {
  tls_context context{plain_server};
  connection first{context};
  first.shake();
  first.client.receive();
  using session_ptr = std::unique_ptr<SSL_SESSION, bennu::openssl_deleter<&SSL_SESSION_free>>;
  const session_ptr ticket{SSL_get1_session(first.client.ssl.get())};
  const auto resumes = [&] {
    connection again{context};
    SSL_set_session(again.client.ssl.get(), ticket.get());
    again.shake();
    REQUIRE(again.stream->is_established());
    return SSL_session_reused(again.client.ssl.get()) == 1;
  };
  CHECK(resumes());
  context.reload();
  CHECK_FALSE(resumes());
}

TEST_CASE("a client's certificate is verified and known") {
  for (const bool required : {true, false}) {
    tls_context context{asking(required)};
    connection c{context, tls_client::shows("client")};
    c.shake();
    REQUIRE(c.stream->is_established());
    const auto shown = c.stream->certificate().value();
    CHECK(shown.subject == "CN=Ána,O=Bennu's tests");
    CHECK(shown.names == std::vector<std::string>{"ana.test", "ana@example.test", "urn:user:ana"});
    CHECK(shown.fingerprint.size() == 64);
    CHECK(shown.der.starts_with("\x30\x82"));
  }
}

TEST_CASE("a client without a certificate is refused if one is required") {
  tls_context strict{asking(true)};
  connection refused{strict};
  refused.shake();
  CHECK_FALSE(refused.stream->is_established());
  CHECK(refused.stream->failure() == "peer did not return a certificate");

  tls_context open{asking(false)};
  connection c{open};
  c.shake();
  CHECK(c.stream->is_established());
  CHECK_FALSE(c.stream->certificate());
}

TEST_CASE("a client whose certificate no authority has signed is always refused") {
  for (const bool required : {true, false}) {
    tls_context context{asking(required)};
    connection c{context, tls_client::shows("foreign")};
    c.shake();
    CHECK_FALSE(c.stream->is_established());
    CHECK(c.stream->failure() == "certificate verify failed");
  }
  // One for servers is not one for clients.
  tls_context context{asking(true)};
  connection c{context, tls_client::shows("server")};
  c.shake();
  CHECK_FALSE(c.stream->is_established());
}
