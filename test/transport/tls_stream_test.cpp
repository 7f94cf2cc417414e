#include "tls_stream_case.hpp"

using namespace bennu;
using namespace bennu::testing;

TEST_CASE("bytes after the handshake in the same packet are read with it") {
  tls_context context{plain_server};
  tls_connection c{context};
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
  tls_connection c{context};
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
  tls_connection c{context};
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
  tls_connection c{context};
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

TEST_CASE("a client that ends TLS is read to its end, and then has ended") {
  tls_context context{plain_server};
  tls_connection c{context};
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
  tls_connection c{context};
  c.shake();
  c.write("bye");
  c.stream->end_writing(c.server.get());
  CHECK(c.client.receive() == "bye");
  CHECK((SSL_get_shutdown(c.client.ssl.get()) & SSL_RECEIVED_SHUTDOWN) != 0);
}

TEST_CASE("a client that vanishes has ended") {
  tls_context context{plain_server};
  tls_connection c{context};
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
    tls_connection c{context};
    REQUIRE(::write(c.client.fd(), nonsense.data(), nonsense.size()) > 0);
    c.read();
    CHECK(c.last == 0);
    CHECK_FALSE(c.stream->failure().empty());
    CHECK(c.write("late") < 0);
  }
  tls_connection c{context};
  c.shake();
  // A record of application data, which no key of this connection has made.
  const std::string record = std::string{"\x17\x03\x03\x00\x20", 5} + std::string(32, 'x');
  REQUIRE(::write(c.client.fd(), record.data(), record.size()) > 0);
  c.read();
  CHECK(c.last == 0);
  CHECK_FALSE(c.stream->failure().empty());
}
