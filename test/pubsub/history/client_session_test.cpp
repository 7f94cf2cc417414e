#include <bennu/pubsub/history/client_session.hpp>

#include <string>

#include <doctest/doctest.h>

using bennu::client_session;
using bennu::stream_id;

namespace {

constexpr stream_id stream{77};

}  // namespace

TEST_CASE("a session has a tag that no other has") {
  const auto one = client_session::begin("", stream, 0);
  const auto other = client_session::begin("", stream, 0);
  CHECK(one.tag() != client_session::no_tag);
  CHECK(one.tag() != other.tag());
  CHECK_FALSE(one.has_sent(one.tag(), stream, 1));  // of the present join: it has not been sent to others only yet
}

TEST_CASE("a join that brings an earlier session knows what that one has sent, up to its own beginning") {
  const auto first = client_session::begin("", stream, 0);
  const auto second = client_session::begin(first.text(), stream, 10);
  CHECK(second.has_sent(first.tag(), stream, 10));
  CHECK_FALSE(second.has_sent(first.tag(), stream, 11));  // of a copy of the first session
  CHECK_FALSE(second.has_sent(first.tag(), stream_id{78}, 10));
  CHECK_FALSE(second.has_sent(client_session::no_tag, stream, 1));
  const auto third = client_session::begin(second.text(), stream, 20);
  CHECK(third.has_sent(first.tag(), stream, 10));
  CHECK_FALSE(third.has_sent(first.tag(), stream, 11));
  CHECK(third.has_sent(second.tag(), stream, 20));
}

TEST_CASE("a session remembers the last few joins only, so its text stays short") {
  auto session = client_session::begin("", stream, 0);
  const auto first = session.tag();
  for (std::uint64_t i = 1; i <= 10; ++i) session = client_session::begin(session.text(), stream, i);
  CHECK_FALSE(session.has_sent(first, stream, 1));
  CHECK(session.text().size() < 160);
}

TEST_CASE("a text that is no session counts as none") {
  const auto good = client_session::begin(client_session::begin("", stream, 3).text(), stream, 4).text();
  for (const auto& text :
       {std::string{"garbage"}, std::string{"@@"}, good.substr(1), good + "AAAA", std::string(400, 'A')}) {
    const auto session = client_session::begin(text, stream, 9);
    CHECK(session.text().size() == client_session::begin("", stream, 9).text().size());
  }
}
