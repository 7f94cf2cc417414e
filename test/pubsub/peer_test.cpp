#include <bennu/pubsub/internal/peer.hpp>

#include <chrono>
#include <memory>
#include <string>

#include <doctest/doctest.h>

using namespace bennu;
using namespace std::chrono_literals;

namespace {

/// A node that is up, to which messages of ten bytes were sent.
struct peer_case {
  peer_case() {
    p.open(std::make_shared<const std::function<void()>>([] {}));
    p.become(peer::stage::up);
    for (int i = 0; i < 3; ++i) CHECK(p.put(std::make_shared<const std::string>(10, 'x'), limits, 100, now));
    peer::batch sent;
    CHECK(p.take(sent, limits, {}, 7));
    CHECK(sent.messages.size() == 3);
    CHECK(p.unconfirmed_bytes() == 30);
  }
  void confirm(std::uint64_t bytes, std::uint64_t messages, std::uint64_t change) {
    p.confirmed({bytes, messages, change}, limits, now);
  }

  bennu::limits limits;
  peer::clock::time_point now{};
  peer p;
};

}  // namespace

TEST_CASE_FIXTURE(peer_case, "a late confirmation takes nothing back") {
  confirm(20, 2, 7);
  confirm(10, 1, 3);
  CHECK(p.unconfirmed_bytes() == 10);
  CHECK(p.knows(7));
  p.close();
  CHECK(p.info.unconfirmed_messages == 1);
}

TEST_CASE_FIXTURE(peer_case, "a confirmation of more than was sent counts as one of all") {
  confirm(1'000, 1'000, 7);
  CHECK(p.unconfirmed_bytes() == 0);
  p.close();
  CHECK(p.info.unconfirmed_messages == 0);
}
