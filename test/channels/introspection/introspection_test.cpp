#include <algorithm>
#include <cstdint>
#include <future>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <utility>
#include <vector>

#include <bennu/channels/endpoint.hpp>

#include <doctest/doctest.h>

#include "../../transport/http_client.hpp"

using namespace bennu;
using namespace bennu::testing;

namespace {

class named_socket final : public user_socket {
public:
  connect_result connect(const json& params, const connect_info&, assigns& to) const override {
    to.set("name", params["name"]);
    return accept();
  }
  std::optional<std::string> id(const assigns& of) const override { return "user:" + of.as_string("name"); }
};

/// A server with two I/O threads, and clients on both.
class fixture {
public:
  fixture() : server(options()) {
    server.socket<named_socket>("/socket");
    port = server.start();
  }

  void connect(const std::string& name) {
    clients.push_back(std::make_unique<http_client>(port));
    const auto answer =
        clients.back()->ask("GET /socket/websocket?vsn=2.0.0&name=" + name +
                            " HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n"
                            "sec-websocket-version: 13\r\nsec-websocket-key: AAAAAAAAAAAAAAAAAAAAAA==\r\n\r\n");
    REQUIRE(status_of(answer) == "101");
  }
  socket_page sockets(const socket_query& wanted) {
    std::promise<socket_page> page;
    server.sockets(wanted, [&](socket_page found) { page.set_value(std::move(found)); });
    return page.get_future().get();
  }
  topic_page topics(const topic_query& wanted) {
    std::promise<topic_page> page;
    server.topics(wanted, [&](topic_page found) { page.set_value(std::move(found)); });
    return page.get_future().get();
  }
  bool close(const std::string& ref) {
    std::promise<bool> done;
    server.close(ref, "a test", [&](bool closed) { done.set_value(closed); });
    return done.get_future().get();
  }

  static config options() {
    config all;
    all.port = 0;
    all.threads = 2;
    all.logger = logger{log_level::error, [](auto, auto) {}};
    return all;
  }

  endpoint server;
  std::uint16_t port = 0;
  std::vector<std::unique_ptr<http_client>> clients;
};

}  // namespace

TEST_CASE_FIXTURE(fixture, "all sockets are listed once, in pages, on all threads") {
  for (int i = 0; i < 25; ++i) connect(std::to_string(i));
  std::vector<std::string> ids;
  std::size_t pages = 0;
  for (std::optional<std::string> cursor = ""; cursor; ++pages) {
    const auto page = sockets({.limit = 7, .cursor = *cursor});
    CHECK(page.sockets.size() <= 7);
    for (const auto& one : page.sockets) ids.push_back(one.id.value());
    cursor = page.cursor;
  }
  CHECK(pages == 4);
  std::sort(ids.begin(), ids.end());
  CHECK(std::unique(ids.begin(), ids.end()) == ids.end());
  CHECK(ids.size() == 25);
}

TEST_CASE_FIXTURE(fixture, "a socket is found by its id, and can be closed by its reference") {
  connect("ana");
  connect("ana");
  connect("bob");
  const auto found = sockets({.id = "user:ana"}).sockets;
  REQUIRE(found.size() == 2);
  CHECK(found[0].path == "/socket");
  CHECK(found[0].transport == "websocket");
  CHECK(found[0].address == "127.0.0.1");
  CHECK(found[0].node == "local");
  CHECK(found[0].topics.empty());
  CHECK(close(found[0].ref));
  CHECK_FALSE(close("0-1-0@local"));
  CHECK_FALSE(close("nonsense"));
  CHECK(sockets({.id = "user:ana"}).sockets.size() == 1);
  CHECK(sockets({.id = "user:bob", .node = "local"}).sockets.size() == 1);
  CHECK(sockets({.id = "user:bob", .node = "other"}).sockets.empty());
}

TEST_CASE_FIXTURE(fixture, "topics are listed with their subscribers, the ids of sockets among them") {
  for (const auto* name : {"ana", "ana", "bob", "cem"}) connect(name);
  const auto first = topics({.prefix = "user:", .limit = 2});
  REQUIRE(first.topics.size() == 2);
  CHECK(first.topics[0].topic == "user:ana");
  CHECK(first.topics[0].subscribers == 2);
  REQUIRE(first.cursor);
  const auto second = topics({.prefix = "user:", .limit = 2, .cursor = *first.cursor});
  REQUIRE(second.topics.size() == 1);
  CHECK(second.topics[0].topic == "user:cem");
  CHECK_FALSE(second.cursor);
}

TEST_CASE_FIXTURE(fixture, "the report of a node counts its sockets by path") {
  connect("ana");
  connect("bob");
  std::promise<std::vector<node_report>> reports;
  server.node_reports([&](auto all) { reports.set_value(std::move(all)); });
  const auto all = reports.get_future().get();
  REQUIRE(all.size() == 1);
  CHECK(all[0].name == "local");
  CHECK(all[0].up);
  CHECK(all[0].sockets == 2);
  CHECK(all[0].sockets_by_path.at("/socket") == 2);
}

TEST_CASE_FIXTURE(fixture, "a wrong limit or cursor is a mistake of the caller") {
  const auto ignore = [](const auto&) {};
  CHECK_THROWS_AS(server.sockets({.limit = 0}, ignore), std::invalid_argument);
  CHECK_THROWS_AS(server.sockets({.limit = 1'001}, ignore), std::invalid_argument);
  CHECK_THROWS_AS(server.sockets({.cursor = "***"}, ignore), std::invalid_argument);
  CHECK_THROWS_AS(server.sockets({.cursor = "YWJj"}, ignore), std::invalid_argument);
  CHECK_THROWS_AS(server.topics({.cursor = "*"}, ignore), std::invalid_argument);
}
