#include <bennu/pubsub/history/client_session.hpp>

#include <cstdint>
#include <string>
#include <string_view>

#include <doctest/doctest.h>

using bennu::client_session;
using bennu::stream_id;

namespace {

constexpr stream_id stream{77};

client_session begin(std::string_view earlier, std::uint64_t end) {
  return client_session::begin(earlier, stream, [end](stream_id) { return end; });
}

}  // namespace

TEST_CASE("a session has a tag that no other has") {
  const auto one = begin("", 0);
  const auto other = begin("", 0);
  CHECK(one.tag() != client_session::no_tag);
  CHECK(one.tag() != other.tag());
  CHECK_FALSE(one.has_sent(one.tag(), stream, 1));  // of the present join: it has not been sent to others only yet
}

TEST_CASE("a join that brings an earlier session knows what that one has sent, up to its own beginning") {
  const auto first = begin("", 0);
  const auto second = begin(first.text(), 10);
  CHECK(second.has_sent(first.tag(), stream, 10));
  CHECK_FALSE(second.has_sent(first.tag(), stream, 11));  // of a copy of the first session
  CHECK_FALSE(second.has_sent(first.tag(), stream_id{78}, 10));
  CHECK_FALSE(second.has_sent(client_session::no_tag, stream, 1));
  const auto third = begin(second.text(), 20);
  CHECK(third.has_sent(first.tag(), stream, 10));
  CHECK_FALSE(third.has_sent(first.tag(), stream, 11));
  CHECK(third.has_sent(second.tag(), stream, 20));
}

TEST_CASE("a session remembers the last few joins only, so its text stays short") {
  auto session = begin("", 0);
  const auto first = session.tag();
  for (std::uint64_t i = 1; i <= 10; ++i) session = begin(session.text(), i);
  CHECK_FALSE(session.has_sent(first, stream, 1));
  CHECK(session.text().size() < 200);
}

TEST_CASE("a text that is no session counts as none") {
  const auto good = begin(begin("", 3).text(), 4).text();
  for (const auto& text :
       {std::string{"garbage"}, std::string{"@@"}, good.substr(1), good + "AAAA", std::string(400, 'A')}) {
    const auto session = begin(text, 9);
    CHECK(session.text().size() == begin("", 9).text().size());
  }
}
