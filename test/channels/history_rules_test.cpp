#include <bennu/channels/internal/history_rules.hpp>

#include <stdexcept>
#include <string>

#include <bennu/channels/channel.hpp>

#include <doctest/doctest.h>

using namespace std::chrono_literals;

namespace {

class silent_channel : public bennu::channel {
public:
  bennu::join_result join(const bennu::topic&, bennu::payload) override { return bennu::accept(); }
};

class plain_channel final : public silent_channel {
public:
  static void handlers(bennu::handlers<plain_channel>&) {}
};

template <std::size_t Messages>
class log_channel final : public silent_channel {
public:
  static void handlers(bennu::handlers<log_channel>& on) { on.history({.messages = Messages}); }
};

class socket final : public bennu::user_socket {
public:
  template <class Channel>
  socket& with(const std::string& pattern) {
    channel<Channel>(pattern);
    return *this;
  }
  bennu::connect_result connect(const bennu::json&, const bennu::connect_info&, bennu::assigns&) const override {
    return bennu::accept();
  }
};

struct fixture {
  socket& add() {
    const auto made = std::make_shared<socket>();
    rules.add(made);
    return *made;
  }
  std::size_t kept(std::string_view topic) const {
    const auto* found = rules.find(topic);
    return found == nullptr ? 0 : found->messages;
  }
  bennu::history_rules rules;
};

}  // namespace

TEST_CASE("the topics of a class with history keep it, and no others do") {
  fixture f;
  CHECK_FALSE(f.rules.any());
  f.add().with<plain_channel>("room:*");
  CHECK_FALSE(f.rules.any());
  f.add().with<plain_channel>("log:quiet").with<log_channel<10>>("log:*").with<log_channel<20>>("audit");
  CHECK(f.rules.any());
  CHECK(f.kept("room:1") == 0);
  CHECK(f.kept("log:1") == 10);
  CHECK(f.kept("log:quiet") == 0);  // another class serves it
  CHECK(f.kept("audit") == 20);
  CHECK(f.kept("audit:1") == 0);
  CHECK_NOTHROW(f.rules.require_consistency());
}

TEST_CASE("two classes that serve a topic keep the same history, or one keeps none") {
  SUBCASE("the same") {
    fixture f;
    f.add().with<log_channel<10>>("log:*");
    f.add().with<log_channel<10>>("log:*");
    f.add().with<plain_channel>("log:*");
    CHECK_NOTHROW(f.rules.require_consistency());
    CHECK(f.kept("log:1") == 10);
  }
  SUBCASE("different ones of one pattern") {
    fixture f;
    f.add().with<log_channel<10>>("log:*");
    f.add().with<log_channel<20>>("log:*");
    CHECK_THROWS_WITH_AS(f.rules.require_consistency(),
                         "the pattern \"log:*\": two classes that serve its topics keep different histories",
                         std::invalid_argument);
  }
  SUBCASE("different ones of a pattern and of one that is contained in it") {
    for (const auto* narrow : {"log:public:*", "log:public", "log:*"}) {
      fixture f;
      f.add().with<log_channel<10>>("log:*");
      f.add().with<plain_channel>("other").with<log_channel<20>>(narrow);
      CHECK_THROWS_AS(f.rules.require_consistency(), std::invalid_argument);
    }
  }
  SUBCASE("different ones in one socket, whose first pattern counts") {
    fixture f;
    f.add().with<log_channel<10>>("log:public:*").with<log_channel<20>>("log:*").with<log_channel<30>>("log:never");
    CHECK_NOTHROW(f.rules.require_consistency());
    CHECK(f.kept("log:public:1") == 10);
    CHECK(f.kept("log:1") == 20);
  }
}

TEST_CASE("a class that would keep nothing is refused") {
  bennu::handler_table table;
  bennu::handlers<plain_channel> on{table};
  CHECK_THROWS_AS(on.history({.messages = 0}), std::invalid_argument);
  CHECK_THROWS_AS(on.history({.age = 999ms}), std::invalid_argument);
  CHECK_THROWS_AS(on.history({.bytes = 0}), std::invalid_argument);
  CHECK_NOTHROW(on.history({.messages = 1, .age = 1s, .bytes = 1}));
}
