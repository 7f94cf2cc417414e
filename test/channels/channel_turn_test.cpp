// Idempotent pushes: each is handled once, in the order of its producer.
#include <chrono>
#include <cstdint>
#include <optional>
#include <stdexcept>
#include <string>
#include <vector>

#include <bennu/channels/socket_ref.hpp>
#include <bennu/channels/testing/channel_case.hpp>
#include <bennu/channels/testing/explore.hpp>

using namespace bennu::testing;
using namespace std::chrono_literals;
using bennu::exit_reason;
using bennu::json;
using bennu::metric;
using bennu::payload;
using bennu::reply;

namespace {

/// The numbers of the orders, as they were handled.
using order_book = std::vector<std::int64_t>;

class orders_channel final : public bennu::channel {
public:
  explicit orders_channel(order_book* book = nullptr) : book_(book) {}

  static void handlers(bennu::handlers<orders_channel>& on) {
    on.idempotent_pushes({.age = 10min});
    on.in("order", [](orders_channel& self, const payload& dish) {
      if (self.book_ != nullptr) self.book_->push_back(dish.as_json().as_int("n"));
      self.broadcast("ordered", dish);
      return reply(bennu::ok, dish);
    });
    on.in("slow_order", [](orders_channel& self, const json& dish) {
      return bennu::blocking([dish, book = self.book_]() -> bennu::in_result {
        if (book != nullptr) book->push_back(dish.as_int("n"));
        if (dish["burns"] == json{true}) throw std::runtime_error("burnt");
        return reply(bennu::ok, dish);
      });
    });
    on.in("silent", [](orders_channel& self, const payload& dish) { self.broadcast("ordered", dish); });
    on.in("order_later", [](orders_channel& self, const payload&) { self.unanswered = self.socket_ref(); });
    on.in("count", [](orders_channel&, const counted& order) { return reply(bennu::ok, order); });
    on.in("close", [](orders_channel&, const payload&) { return stop(bennu::normal, reply(bennu::ok)); });
    on.in("crash", [](orders_channel& self, const payload& dish) {
      self.broadcast("ordered", dish);
      throw std::runtime_error("fire");
    });
  }
  bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }

  std::optional<bennu::socket_ref> unanswered;

private:
  struct counted {
    int count = 0;
    static void fields(auto& self, auto&& f) { f("count", self.count); }
  };

  order_book* book_;
};

/// Its users have an id, or none.
class user_socket final : public bennu::user_socket {
public:
  explicit user_socket(order_book* book = nullptr) { channel<orders_channel>("orders:*", book); }
  bennu::connect_result connect(const json& params, const bennu::connect_info&, bennu::assigns& to) const override {
    to.set("user", params["user"]);
    return bennu::accept();
  }
  std::optional<std::string> id(const bennu::assigns& of) const override {
    const auto* const user = of["user"].if_string();
    return user != nullptr ? std::optional{"user:" + *user} : std::nullopt;
  }
};

json once(std::int64_t seq, std::int64_t epoch = 0, const char* producer = "p") {
  return {{"producer", producer}, {"epoch", epoch}, {"seq", seq}};
}
payload soup(const json& place) { return {{"dish", "soup"}, {"$once", place}}; }
const payload just_soup{{"dish", "soup"}};
const payload duplicate{{"duplicate", true}};
const payload crashed{{"reason", "crashed"}};
const payload fenced{{"reason", "fenced"}};
payload out_of_order(std::int64_t expected) { return {{"reason", "out of order"}, {"expected", expected}}; }

class orders_case : public channel_case {
public:
  client_channel join(const json& params = json::object{}, const std::string& topic = "orders:1") {
    return connect<user_socket>(params).join(topic);
  }
  std::size_t handled() {
    settle();
    return broadcasts("orders:1").size();
  }
};

}  // namespace

TEST_CASE_FIXTURE(orders_case, "a push that is sent again is handled once, and answered as a duplicate") {
  const auto ana = join();
  ana.assert_reply(ana.push_in("order", soup(once(0))), bennu::ok, just_soup);
  ana.assert_reply(ana.push_in("order", soup(once(0))), bennu::ok, duplicate);
  CHECK(handled() == 1);
  CHECK(counted(metric::duplicate_pushes) == 1);
}

TEST_CASE_FIXTURE(orders_case, "a push that is sent again after a cut is handled once") {
  const auto socket = connect<user_socket>();
  const auto ana = socket.join("orders:1");
  ana.push_in("order", soup(once(0)));
  settle();
  socket.cut();
  const auto again = join();
  again.assert_reply(again.push_in("order", soup(once(0))), bennu::ok, duplicate);
  again.assert_reply(again.push_in("order", soup(once(1))), bennu::ok, just_soup);
  CHECK(handled() == 2);
}

TEST_CASE_FIXTURE(orders_case, "by long poll a push that is sent again is handled once too") {
  use(transport::long_poll);
  const auto ana = join();
  ana.assert_reply(ana.push_in("order", soup(once(0))), bennu::ok, just_soup);
  const auto again = join();
  again.assert_reply(again.push_in("order", soup(once(0))), bennu::ok, duplicate);
  CHECK(handled() == 1);
}

TEST_CASE_FIXTURE(orders_case, "a push that is too far ahead is refused with the number that is expected") {
  const auto ana = join();
  ana.assert_reply(ana.push_in("order", soup(once(1))), bennu::error, out_of_order(0));
  ana.push_in("order", soup(once(0)));
  ana.assert_reply(ana.push_in("order", soup(once(2))), bennu::error, out_of_order(1));
  CHECK(handled() == 1);
  CHECK(counted(metric::out_of_order_pushes) == 2);
}

TEST_CASE_FIXTURE(orders_case, "a later epoch fences the earlier one") {
  const auto ana = join();
  ana.push_in("order", soup(once(0)));
  ana.assert_reply(ana.push_in("order", soup(once(0, 1))), bennu::ok, just_soup);
  ana.assert_reply(ana.push_in("order", soup(once(1))), bennu::error, fenced);
  CHECK(handled() == 2);
  CHECK(counted(metric::fenced_pushes) == 1);
}

TEST_CASE_FIXTURE(orders_case, "a push without the key is handled each time") {
  const auto ana = join();
  for (int i = 0; i < 2; ++i) ana.assert_reply(ana.push_in("order", just_soup), bennu::ok, just_soup);
  ana.push_in("order", bennu::binary{"\x01"});
  CHECK(handled() == 3);
}

TEST_CASE_FIXTURE(orders_case, "a malformed key is answered with the field that is wrong, and nothing is handled") {
  const auto ana = join();
  const auto field = [&](const json& place) {
    return ana.assert_reply(ana.push_in("order", soup(place)), bennu::error, including({{"reason", "invalid payload"}}))
        .as_json()
        .as_string("field");
  };
  CHECK(field(json{}) == "$once");
  CHECK(field("p") == "$once");
  CHECK(field({{"epoch", 0}, {"seq", 0}}) == "$once.producer");
  CHECK(field(once(0, 0, "")) == "$once.producer");
  CHECK(field(once(0, 0, std::string(256, 'p').c_str())) == "$once.producer");
  CHECK(field(once(-1)) == "$once.seq");
  CHECK(field(once(0, -1)) == "$once.epoch");
  CHECK(field({{"producer", "p"}, {"epoch", 0}, {"seq", 0.5}}) == "$once.seq");
  CHECK(handled() == 0);
  ana.assert_reply(ana.push_in("order", soup(once(0))), bennu::ok);
}

TEST_CASE_FIXTURE(orders_case, "a payload that its handler refuses is handled") {
  const auto ana = join();
  ana.assert_reply(ana.push_in("count", soup(once(0))), bennu::error, including({{"field", "count"}}));
  ana.assert_reply(ana.push_in("count", soup(once(0))), bennu::ok, duplicate);
  ana.assert_reply(ana.push_in("order", soup(once(1))), bennu::ok);
}

TEST_CASE_FIXTURE(orders_case, "users with an id cannot take part in each other's pushes") {
  const auto ana = join({{"user", "ana"}});
  const auto eve = join({{"user", "eve"}});
  ana.assert_reply(ana.push_in("order", soup(once(0))), bennu::ok, just_soup);
  eve.assert_reply(eve.push_in("order", soup(once(0, 9))), bennu::ok, just_soup);
  ana.assert_reply(ana.push_in("order", soup(once(1))), bennu::ok, just_soup);
  const auto other_window = join({{"user", "ana"}});
  other_window.assert_reply(other_window.push_in("order", soup(once(1))), bennu::ok, duplicate);
  const auto other_topic = join({{"user", "ana"}}, "orders:2");
  other_topic.assert_reply(other_topic.push_in("order", soup(once(0))), bennu::ok, just_soup);
}

TEST_CASE_FIXTURE(orders_case, "a push that crashed its channel is not handled again, and the next one is") {
  const auto socket = connect<user_socket>();
  const auto ana = socket.join("orders:1");
  ana.push_in("crash", soup(once(0)));
  ana.push_in("order", soup(once(1)));
  settle();
  ana.assert_ended(exit_reason::error("fire"));
  const auto again = socket.join("orders:1");
  again.assert_reply(again.push_in("crash", soup(once(0))), bennu::error, crashed);
  again.assert_reply(again.push_in("order", soup(once(1))), bennu::ok, just_soup);
  CHECK(handled() == 2);
  CHECK(counted(metric::failed_pushes) == 1);
}

TEST_CASE_FIXTURE(orders_case, "a push whose job crashes is not handled again either") {
  const auto socket = connect<user_socket>();
  const auto ana = socket.join("orders:1");
  ana.push_in("slow_order", {{"burns", true}, {"$once", once(0)}});
  settle();
  ana.assert_ended(exit_reason::error("burnt"));
  const auto again = socket.join("orders:1");
  again.assert_reply(again.push_in("slow_order", soup(once(0))), bennu::error, crashed);
  again.assert_reply(again.push_in("slow_order", soup(once(1))), bennu::ok, just_soup);
}

TEST_CASE_FIXTURE(orders_case, "a push that ends its channel in order is handled") {
  const auto socket = connect<user_socket>();
  const auto ana = socket.join("orders:1");
  ana.push_in("close", soup(once(0)));
  ana.assert_ended(bennu::normal);
  const auto again = socket.join("orders:1");
  again.assert_reply(again.push_in("close", soup(once(0))), bennu::ok, duplicate);
}

TEST_CASE_FIXTURE(orders_case,
                  "a push counts as handled when its handler returns, also if the reply comes later, or never") {
  const auto socket = connect<user_socket>();
  const auto ana = socket.join("orders:1");
  const auto first = ana.push_in("order_later", soup(once(0)));
  const auto again = ana.push_in("order_later", soup(once(0)));
  ana.assert_reply(again, bennu::ok, duplicate);
  ana.refute_reply(first);
  reply(*ana.object<orders_channel>().unanswered, bennu::ok, just_soup);
  ana.assert_reply(first, bennu::ok, just_soup);
  ana.refute_reply(ana.push_in("silent", soup(once(1))));
  ana.assert_reply(ana.push_in("silent", soup(once(1))), bennu::ok, duplicate);
  CHECK(handled() == 1);
}

TEST_CASE_FIXTURE(orders_case, "a push that comes again while its job runs is answered when the job is done") {
  hold_jobs();
  const auto old = connect<user_socket>();
  const auto ana = old.join("orders:1");
  ana.push_in("slow_order", soup(once(0)));
  settle();
  old.cut();
  const auto again = join();
  const auto first = again.push_in("slow_order", soup(once(0)));
  const auto second = again.push_in("order", soup(once(1)));
  const auto other = again.push_in("order", just_soup);
  again.refute_reply(first);
  again.refute_reply(second);
  again.refute_reply(other);
  run_job();
  again.assert_reply(first, bennu::ok, duplicate);
  again.assert_reply(second, bennu::ok, just_soup);
  again.assert_reply(other, bennu::ok, just_soup);
  CHECK(held_jobs() == 0);
}

TEST_CASE_FIXTURE(orders_case, "a client may leave, or vanish, while its push waits for another one") {
  hold_jobs();
  const auto ana = join();
  const auto slow = ana.push_in("slow_order", soup(once(0)));
  settle();
  const auto again = join();
  const auto waits = again.push_in("slow_order", soup(once(0)));
  const auto leave = again.leave();
  const auto gone = connect<user_socket>();
  gone.join("orders:1").push_in("slow_order", soup(once(0)));
  settle();
  gone.cut();
  again.refute_reply(leave);
  run_job();
  ana.assert_reply(slow, bennu::ok, just_soup);
  again.assert_reply(waits, bennu::ok, duplicate);
  again.assert_reply(leave, bennu::ok);
  again.assert_ended(exit_reason::kind::left);
}

TEST_CASE_FIXTURE(orders_case, "a producer that is silent for longer than the age is forgotten") {
  const auto ana = join();
  ana.push_in("order", soup(once(0)));
  settle();
  advance(10min - 1ms);
  ana.assert_reply(ana.push_in("order", soup(once(0))), bennu::ok, duplicate);
  advance(10min);
  ana.assert_reply(ana.push_in("order", soup(once(1))), bennu::error, out_of_order(0));
  CHECK(counted(metric::producers) == 0);
}

TEST_CASE_FIXTURE(orders_case, "beyond the limit the producer that was silent longest is forgotten") {
  limits().max_producers = 2;
  const auto ana = join();
  for (const auto* producer : {"a", "b", "c"}) ana.push_in("order", soup(once(0, 0, producer)));
  settle();
  CHECK(counted(metric::producers) == 2);
  CHECK(counted(metric::producer_evictions) == 1);
  ana.assert_reply(ana.push_in("order", soup(once(1, 0, "a"))), bennu::error, out_of_order(0));
  ana.assert_reply(ana.push_in("order", soup(once(1, 0, "c"))), bennu::ok);
}

TEST_CASE("a class without idempotent pushes passes the key on") {
  class echo_channel final : public bennu::channel {
  public:
    static void handlers(bennu::handlers<echo_channel>& on) {
      on.in("echo", [](echo_channel&, const payload& text) { return reply(bennu::ok, text); });
    }
    bennu::join_result join(const bennu::topic&, payload) override { return bennu::accept(); }
  };
  channel_test test;
  const auto ana = test.join<echo_channel>("echo:1");
  ana.assert_reply(ana.push_in("echo", soup(once(7))), bennu::ok, soup(once(7)));
}

TEST_CASE("an age below a second is refused") {
  bennu::handler_table table;
  bennu::handlers<orders_channel> on{table};
  CHECK_THROWS_AS(on.idempotent_pushes({.age = 999ms}), std::invalid_argument);
}

TEST_CASE(
    "in any order of events, ten pushes of a client that is cut again and again are handled once each, in order") {
  explore(200, [](channel_test& test) {
    auto& book = test.provide<order_book>();
    test.mount<user_socket>(&book);
    std::int64_t answered = 0;
    while (answered < 10) {
      const auto socket = test.connect<user_socket>();
      const auto ana = socket.begin_join("orders:1");
      std::vector<push_ref> pushes;
      for (auto seq = answered; seq < 10; ++seq) {
        const auto* const event = seq % 3 == 2 ? "slow_order" : "order";
        pushes.push_back(ana.push_in(event, {{"n", seq}, {"$once", once(seq)}}));
      }
      test.run_some();
      for (const auto& push : pushes) {
        const auto reply = ana.reply_to(push);
        if (!reply || reply->status != bennu::ok) break;
        ++answered;
      }
      socket.cut();
    }
    test.settle();
    REQUIRE(book == order_book{0, 1, 2, 3, 4, 5, 6, 7, 8, 9});
  });
}
