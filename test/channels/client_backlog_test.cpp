#include <bennu/channels/internal/client_backlog.hpp>

#include <vector>

#include <doctest/doctest.h>

using bennu::backlog_size;
using bennu::metric;

namespace {

/// A connection that records each pause and resumption of reading.
class recorded_connection final : public bennu::connection {
public:
  recorded_connection() : connection(nullptr) {}
  using connection::send;
  std::size_t send(bennu::ref<const bennu::frame>, const bennu::overflow&) override { return 0; }
  bool has_room() override { return true; }
  void await_sent() override {}
  void pause(bool wanted) override { pauses.push_back(wanted); }
  void close(bennu::close_code, bennu::exit_reason::kind) override {}

  std::vector<bool> pauses;
};

struct backlog_case {
  bennu::ref<recorded_connection> client = bennu::make_ref<recorded_connection>();
  bennu::metrics counts{{}};

  std::vector<bool> pauses() const { return client->pauses; }
};

const std::vector<bool> paused{true};
const std::vector<bool> resumed{true, false};

}  // namespace

TEST_CASE_FIXTURE(backlog_case, "a client is paused when exactly as many messages wait as the limit allows") {
  bennu::client_backlog backlog{*client, {4, 1000}, counts};
  backlog.add({3, 0});
  CHECK(pauses().empty());
  backlog.add(backlog_size::one(0));
  CHECK(pauses() == paused);
  backlog.add(backlog_size::one(0));
  CHECK(pauses() == paused);
  CHECK(counts.value(metric::pauses) == 1);
  CHECK(counts.value(metric::paused_sockets) == 1);
}

TEST_CASE_FIXTURE(backlog_case, "a client is read again when exactly half of the limit is left") {
  SUBCASE("of messages") {
    bennu::client_backlog backlog{*client, {4, 1000}, counts};
    backlog.add({4, 0});
    backlog.remove(backlog_size::one(0));
    CHECK(pauses() == paused);
    backlog.remove(backlog_size::one(0));
    CHECK(pauses() == resumed);
  }
  SUBCASE("of bytes") {
    bennu::client_backlog backlog{*client, {100, 10}, counts};
    backlog.add({1, 9});
    CHECK(pauses().empty());
    backlog.add({1, 1});
    CHECK(pauses() == paused);
    backlog.remove({1, 4});
    CHECK(pauses() == paused);
    backlog.remove({1, 1});
    CHECK(pauses() == resumed);
  }
  CHECK(counts.value(metric::paused_sockets) == 0);
}

TEST_CASE_FIXTURE(backlog_case, "with a limit of one message a client is read again when none waits") {
  bennu::client_backlog backlog{*client, {1, 1000}, counts};
  backlog.add(backlog_size::one(5));
  CHECK(pauses() == paused);
  backlog.remove(backlog_size::one(5));
  CHECK(pauses() == resumed);
}
