#include <bennu/pubsub/topic_table.hpp>

#include <array>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include <doctest/doctest.h>

using bennu::actor_id;
using bennu::topic_table;

namespace {

struct listener final : bennu::subscriber {
  explicit listener(char n) : name(n) {}
  void on_broadcast(const bennu::ref<bennu::shared_broadcast>&) override {}
  void on_message(const caf::message&) override {}
  actor_id id() const { return static_cast<actor_id>(name); }
  char name;
  topic_table::subscription place;
};

std::size_t hash_of(std::string_view topic) { return std::hash<std::string_view>{}(topic); }

void subscribe(topic_table& table, std::string_view topic, listener& who) {
  table.subscribe(topic, hash_of(topic), who, who.id(), who.place);
}

std::string visited(topic_table& table, std::string_view topic, actor_id except = actor_id::none,
                    const std::function<void(listener&)>& meanwhile = {}) {
  std::string names;
  table.for_each(topic, hash_of(topic), except, [&](bennu::subscriber& s) {
    auto& who = static_cast<listener&>(s);
    names += who.name;
    if (meanwhile) meanwhile(who);
  });
  return names;
}

}  // namespace

TEST_CASE("a topic has the subscribers it was given, and no other topic has them") {
  topic_table table;
  listener a{'a'};
  listener b{'b'};
  listener c{'c'};
  subscribe(table, "one", a);
  subscribe(table, "one", b);
  subscribe(table, "two", c);
  CHECK(visited(table, "one") == "ab");
  CHECK(visited(table, "two") == "c");
  CHECK(visited(table, "three").empty());
  CHECK(visited(table, "one", a.id()) == "b");
  for (auto* who : {&a, &b, &c}) table.unsubscribe(who->place);
}

TEST_CASE("a topic without subscribers takes no room") {
  topic_table table;
  listener a{'a'};
  listener b{'b'};
  subscribe(table, "one", a);
  subscribe(table, "one", b);
  table.unsubscribe(a.place);
  CHECK(table.topics() == 1);
  CHECK(visited(table, "one") == "b");
  table.unsubscribe(b.place);
  CHECK(table.topics() == 0);
  table.unsubscribe(b.place);  // once more is harmless
  CHECK_FALSE(b.place.active());
}

TEST_CASE("while a topic is visited, removed subscribers are not visited any more, and added ones not yet") {
  topic_table table;
  listener a{'a'};
  listener b{'b'};
  listener c{'c'};
  listener d{'d'};
  for (auto* who : {&a, &b, &c}) subscribe(table, "t", *who);
  const auto names = visited(table, "t", actor_id::none, [&](listener& who) {
    if (who.name != 'a') return;
    table.unsubscribe(a.place);
    table.unsubscribe(b.place);
    subscribe(table, "t", d);
  });
  CHECK(names == "ac");
  auto rest = visited(table, "t");
  CHECK(rest.size() == 2);
  CHECK(rest.find('c') != std::string::npos);
  CHECK(rest.find('d') != std::string::npos);
  table.unsubscribe(c.place);
  table.unsubscribe(d.place);
  CHECK(table.topics() == 0);
}

TEST_CASE("the last subscriber may leave while it is visited") {
  topic_table table;
  listener a{'a'};
  subscribe(table, "t", a);
  CHECK(visited(table, "t", actor_id::none, [&](listener& who) { table.unsubscribe(who.place); }) == "a");
  CHECK(table.topics() == 0);
}

TEST_CASE("visits may be nested") {
  topic_table table;
  listener a{'a'};
  listener b{'b'};
  subscribe(table, "t", a);
  subscribe(table, "t", b);
  std::string inner;
  const auto outer = visited(table, "t", actor_id::none, [&](listener& who) {
    if (who.name == 'a') {
      inner = visited(table, "t", actor_id::none, [&](listener& nested) { table.unsubscribe(nested.place); });
    }
  });
  CHECK(inner == "ab");
  CHECK(outer == "a");
  CHECK(table.topics() == 0);
}

TEST_CASE("any order of leaving keeps the others' places right") {
  for (unsigned seed = 0; seed < 200; ++seed) {
    topic_table table;
    std::vector<std::unique_ptr<listener>> all;
    for (char n = 'a'; n < 'k'; ++n) {
      all.push_back(std::make_unique<listener>(n));
      subscribe(table, "t", *all.back());
    }
    auto random = seed * 2654435761u + 1;
    while (!all.empty()) {
      random = random * 1103515245u + 12345u;
      const auto i = random / 65536u % all.size();
      table.unsubscribe(all[i]->place);
      all.erase(all.begin() + static_cast<std::ptrdiff_t>(i));
      const auto left = visited(table, "t");
      CHECK(left.size() == all.size());
      for (const auto& who : all) CHECK(left.find(who->name) != std::string::npos);
    }
  }
}

TEST_CASE("a topic whose subscribers become many while it is visited keeps them all") {
  topic_table table;
  listener first{'a'};
  subscribe(table, "t", first);
  std::vector<std::unique_ptr<listener>> more;
  CHECK(visited(table, "t", actor_id::none, [&](listener&) {
          for (char n = 'b'; n <= 'z'; ++n) subscribe(table, "t", *more.emplace_back(std::make_unique<listener>(n)));
        }) == "a");
  CHECK(visited(table, "t") == "abcdefghijklmnopqrstuvwxyz");
  for (const auto& who : more) table.unsubscribe(who->place);
  CHECK(visited(table, "t") == "a");
  table.unsubscribe(first.place);
  CHECK(table.topics() == 0);
}

TEST_CASE("topics whose hashes collide are distinguished, in any order of additions and removals") {
  // Of 26 topics some have the same hash, some that of a neighbour, and some lie across the end of the table.
  const auto hash_of_name = [](char name) { return static_cast<std::size_t>(name % 7) * 5 - 2; };
  topic_table table;
  std::array<std::unique_ptr<listener>, 26> present;
  unsigned random = 1;
  for (int step = 0; step < 5'000; ++step) {
    random = random * 1103515245u + 12345u;
    auto& who = present[random / 65536u % present.size()];
    const auto name = static_cast<char>('a' + (&who - present.data()));
    if (who != nullptr) {
      table.unsubscribe(who->place);
      who.reset();
    } else {
      who = std::make_unique<listener>(name);
      table.subscribe({&name, 1}, hash_of_name(name), *who, actor_id::none, who->place);
    }
    std::size_t topics = 0;
    for (char n = 'a'; n <= 'z'; ++n) {
      const bool expected = present[static_cast<std::size_t>(n - 'a')] != nullptr;
      topics += expected ? 1 : 0;
      std::string found;
      table.for_each({&n, 1}, hash_of_name(n), actor_id::none,
                     [&](bennu::subscriber& s) { found += static_cast<listener&>(s).name; });
      REQUIRE(found == (expected ? std::string{n} : std::string{}));
    }
    REQUIRE(table.topics() == topics);
  }
  for (const auto& who : present) {
    if (who != nullptr) table.unsubscribe(who->place);
  }
  CHECK(table.topics() == 0);
}

TEST_CASE("a subscriber that throws while it is visited ends the visit, and nothing else") {
  topic_table table;
  listener ana{'a'};
  table.subscribe("t", hash_of("t"), ana, actor_id::none, ana.place);
  CHECK_THROWS_AS(table.for_each("t", hash_of("t"), actor_id::none, [](bennu::subscriber&) { throw std::bad_alloc{}; }),
                  std::bad_alloc);
  table.unsubscribe(ana.place);
  CHECK(table.topics() == 0);
}
