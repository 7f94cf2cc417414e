#include <doctest/doctest.h>

#include <stdexcept>

#include <bennu/transport/internal/path_pattern.hpp>

using namespace bennu;

namespace {

using variables = path_pattern::variables;

}  // namespace

TEST_CASE("a path without names matches itself alone") {
  const path_pattern plain{"/socket/websocket"};
  CHECK(plain.match("/socket/websocket") == variables{});
  for (const auto* other : {"", "/", "/socket", "/socket/websocket/", "/socket/websocketx", "/Socket/websocket",
                            "//socket/websocket", "/socket/x/websocket"}) {
    CAPTURE(other);
    CHECK_FALSE(plain.match(other));
  }
}

TEST_CASE("a segment with a name stands for any text without a slash") {
  const path_pattern one{"/rooms/:room/websocket"};
  CHECK(one.match("/rooms/lobby/websocket") == variables{{"room", "lobby"}});
  CHECK(one.match("/rooms/:room/websocket") == variables{{"room", ":room"}});
  CHECK(one.match("/rooms/a+b/websocket") == variables{{"room", "a+b"}});
  CHECK(one.match("/rooms/%C3%A9%2F%20/websocket") == variables{{"room", "é/ "}});
  for (const auto* other :
       {"/rooms//websocket", "/rooms/websocket", "/rooms/a/b/websocket", "/rooms/a/longpoll", "/rooms/a/websocket/x",
        "/room/a/websocket", "/rooms/%/websocket", "/rooms/%FF/websocket", "rooms/a/websocket"}) {
    CAPTURE(other);
    CHECK_FALSE(one.match(other));
  }
}

TEST_CASE("several segments may have names, also the first and the last") {
  const path_pattern two{"/:tenant/socket/:version"};
  CHECK(two.match("/acme/socket/2") == variables{{"tenant", "acme"}, {"version", "2"}});
  CHECK_FALSE(two.match("/acme/socket/"));
  CHECK_FALSE(two.match("//socket/2"));
}

TEST_CASE("a colon within a segment is a character like any other") {
  CHECK(path_pattern{"/a:b"}.match("/a:b") == variables{});
  CHECK_FALSE(path_pattern{"/a:b"}.match("/axb"));
}

TEST_CASE("a name that is none, or comes twice, is refused") {
  CHECK_THROWS_AS(path_pattern{"/a/:"}, std::invalid_argument);
  CHECK_THROWS_AS(path_pattern{"/:/a"}, std::invalid_argument);
  CHECK_THROWS_AS(path_pattern{"/:a/:a"}, std::invalid_argument);
}
