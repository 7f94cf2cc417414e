#include <bennu/pubsub/tracker/internal/gathered_changes.hpp>

#include <cstdint>
#include <memory>
#include <set>
#include <vector>

#include <doctest/doctest.h>
#include <rapidcheck.h>

using bennu::gathered_changes;
using bennu::net_effect;
using bennu::presence_changes;
using bennu::presence_ptr;
using presences = std::vector<presence_ptr>;

namespace {

presence_ptr make(std::string key) {
  return std::make_shared<const bennu::presence_entry>(bennu::presence_entry{"room", 1, std::move(key), {}});
}

void apply(const presence_changes& changes, std::multiset<presence_ptr>& to) {
  to.insert(changes.joins.begin(), changes.joins.end());
  for (const auto& one : changes.leaves) {
    const auto found = to.find(one);
    RC_ASSERT(found != to.end());
    to.erase(found);
  }
}

/// Random changes of presences: each joins and leaves by turns; some change together.
struct history {
  explicit history(const std::vector<std::pair<std::uint8_t, bool>>& steps) {
    for (int i = 0; i < 8; ++i) all.push_back(make(std::to_string(i)));
    present = before = {all[0], all[1], all[2]};
    for (const auto& [which, with_next] : steps) {
      presence_changes changes;
      toggle(which % 8, changes);
      if (with_next) toggle((which + 1) % 8, changes);
      steps_made.push_back(changes);
    }
  }
  void toggle(std::size_t which, presence_changes& in) {
    const auto& presence = all[which];
    const auto found = present.find(presence);
    if (found == present.end()) {
      present.insert(presence);
      in.joins.push_back(presence);
    } else {
      present.erase(found);
      in.leaves.push_back(presence);
    }
  }

  presences all;
  std::multiset<presence_ptr> before;
  std::multiset<presence_ptr> present;
  std::vector<presence_changes> steps_made;
};

}  // namespace

TEST_CASE("of changes that undo each other nothing is left") {
  const auto ana = make("ana");
  const auto bob = make("bob");
  CHECK(net_effect({{{ana}, {}}, {{}, {ana}}}).empty());
  CHECK(net_effect({{{}, {ana}}, {{ana}, {}}}).empty());
  const auto net = net_effect({{{ana}, {}}, {{bob}, {}}, {{}, {ana}}, {{ana}, {}}});
  CHECK(net.joins == presences{ana, bob});
  CHECK(net.leaves.empty());
}

TEST_CASE("of many updates, the state before the first leaves, and the last one joins") {
  const auto m0 = make("ana");
  const auto m1 = make("ana");
  const auto m2 = make("ana");
  const auto net = net_effect({{{m1}, {m0}}, {{m2}, {m1}}});
  CHECK(net.joins == presences{m2});
  CHECK(net.leaves == presences{m0});
}

TEST_CASE("the net effect of any changes makes the same difference, and has no join or leave twice") {
  const auto good = rc::check([](const std::vector<std::pair<std::uint8_t, bool>>& steps) {
    const history h{steps};
    const auto net = net_effect(h.steps_made);
    auto view = h.before;
    apply(net, view);
    RC_ASSERT(view == h.present);
    RC_ASSERT(net.joins.size() + net.leaves.size() <= h.all.size());
  });
  CHECK(good);
}

TEST_CASE("any gathered changes add up, whenever they are taken, and are never much more than allowed") {
  const auto good = rc::check([](const std::vector<std::pair<std::uint8_t, bool>>& steps, std::uint8_t taken_every) {
    const history h{steps};
    constexpr std::size_t most = 5;
    gathered_changes gathered{most};
    auto view = h.before;
    const auto take = [&] {
      std::size_t size = 0;
      for (const auto& changes : gathered.take()) {
        RC_ASSERT(!changes.empty());
        size += changes.joins.size() + changes.leaves.size();
        apply(changes, view);
      }
      RC_ASSERT(size <= most + 2 * h.all.size());
      RC_ASSERT(gathered.empty());
    };
    std::size_t n = 0;
    for (const auto& changes : h.steps_made) {
      gathered.add(changes);
      if (++n % (taken_every + 1U) == 0) take();
    }
    take();
    RC_ASSERT(view == h.present);
  });
  CHECK(good);
}
