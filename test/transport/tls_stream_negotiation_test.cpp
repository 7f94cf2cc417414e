#include "tls_stream_case.hpp"

using namespace bennu;
using namespace bennu::testing;

TEST_CASE("TLS 1.2 and 1.3 carry bytes both ways") {
  tls_context context{plain_server};
  for (const auto version : {TLS1_2_VERSION, TLS1_3_VERSION}) {
    CAPTURE(version);
    tls_connection c{context, speaks(version)};
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
    tls_connection c{context, speaks(version)};
    c.shake();
    CHECK_FALSE(c.stream->is_established());
    CHECK(c.last == 0);
    CHECK_FALSE(c.stream->failure().empty());
  }
  for (const auto* cipher : {"AES128-GCM-SHA256", "ECDHE-ECDSA-AES128-SHA256", "DHE-RSA-AES128-GCM-SHA256"}) {
    CAPTURE(cipher);
    tls_connection c{context, [&](SSL_CTX* client) {
                       SSL_CTX_set_max_proto_version(client, TLS1_2_VERSION);
                       REQUIRE(SSL_CTX_set_cipher_list(client, cipher) == 1);
                     }};
    c.shake();
    CHECK(c.stream->failure() == "no shared cipher");
  }
}

TEST_CASE("a client that has TLS answer it, and does not read the answers, is cut") {
  tls_context context{plain_server};
  tls_connection c{context, speaks(TLS1_3_VERSION)};
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
  tls_connection c{context, speaks(TLS1_3_VERSION)};
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
  tls_connection c{context, speaks(TLS1_3_VERSION)};
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
  tls_connection c{context, speaks(TLS1_2_VERSION)};
  c.shake();
  REQUIRE(SSL_renegotiate(c.client.ssl.get()) == 1);
  c.client.shake();
  CHECK(c.read().empty());
  CHECK(c.client.receive().empty());
  CHECK(SSL_get_error(c.client.ssl.get(), -1) == SSL_ERROR_SSL);  // the alert refuses it
}

TEST_CASE("of the protocols that a client names, HTTP/1.1 is chosen; without it the client is refused") {
  tls_context context{plain_server};
  tls_connection browser{context, offers("\x02h2\x08http/1.1")};
  browser.shake();
  const unsigned char* chosen = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(browser.client.ssl.get(), &chosen, &size);
  CHECK(std::string_view{reinterpret_cast<const char*>(chosen), size} == "http/1.1");

  tls_connection other{context, offers("\x02h2")};
  other.shake();
  CHECK_FALSE(other.stream->is_established());
  CHECK(other.stream->failure() == "no application protocol");
}

TEST_CASE("a client resumes with a ticket, until the certificates are reloaded") {
  tls_context context{plain_server};
  tls_connection first{context};
  first.shake();
  first.client.receive();
  using session_ptr = std::unique_ptr<SSL_SESSION, bennu::openssl_deleter<&SSL_SESSION_free>>;
  const session_ptr ticket{SSL_get1_session(first.client.ssl.get())};
  const auto resumes = [&] {
    tls_connection again{context};
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
    tls_connection c{context, tls_client::shows("client")};
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
  tls_connection refused{strict};
  refused.shake();
  CHECK_FALSE(refused.stream->is_established());
  CHECK(refused.stream->failure() == "peer did not return a certificate");

  tls_context open{asking(false)};
  tls_connection c{open};
  c.shake();
  CHECK(c.stream->is_established());
  CHECK_FALSE(c.stream->certificate());
}

TEST_CASE("a client whose certificate no authority has signed is always refused") {
  for (const bool required : {true, false}) {
    tls_context context{asking(required)};
    tls_connection c{context, tls_client::shows("foreign")};
    c.shake();
    CHECK_FALSE(c.stream->is_established());
    CHECK(c.stream->failure() == "certificate verify failed");
  }
  // One for servers is not one for clients.
  tls_context context{asking(true)};
  tls_connection c{context, tls_client::shows("server")};
  c.shake();
  CHECK_FALSE(c.stream->is_established());
}
