#include <chrono>
#include <cstdio>
#include <string>
#include <vector>

#include <bennu/channels/presence.hpp>
#include <bennu/pubsub/pubsub.hpp>
#include <bennu/runtime/caf.hpp>

#include <caf/event_based_actor.hpp>
#include <caf/send.hpp>

#include "../memory_server.hpp"
#include "scenarios.hpp"
#include "usage.hpp"

namespace benchmarks {

namespace {

using clock = std::chrono::steady_clock;

class process final : public caf::event_based_actor {
public:
  explicit process(caf::actor_config& config) : event_based_actor(config) {}
  caf::behavior make_behavior() override {
    return {[](int) {}};
  }
};

std::string topic_of(std::size_t i) { return "room:" + std::to_string(i / 100); }
std::string key_of(std::size_t i) { return "user" + std::to_string(100'000 + i); }

}  // namespace

void many_presences(std::size_t presences) {
  memory_server server{1};
  bennu::presence here{server.topics(), server.threads().actors()};
  std::vector<bennu::actor_ref> who;
  for (std::size_t i = 0; i < presences; ++i) {
    who.push_back(bennu::to_actor_ref(server.threads().actors().spawn<process>()));
  }

  const auto heap = heap_bytes();
  auto start = clock::now();
  for (std::size_t i = 0; i < presences; ++i) {
    here.track(who[i], topic_of(i), key_of(i), {{"online_at", 1'700'000'000}, {"status", "online"}});
  }
  const std::chrono::duration<double, std::micro> tracked = clock::now() - start;
  const auto bytes = heap_bytes() - heap;

  start = clock::now();
  std::size_t found = 0;
  for (std::size_t i = 0; i < presences; ++i) found += here.get_by_key(topic_of(i), key_of(i)).size();
  const std::chrono::duration<double, std::micro> asked = clock::now() - start;

  start = clock::now();
  for (std::size_t i = 0; i < presences; ++i) here.untrack(who[i], topic_of(i), key_of(i));
  const std::chrono::duration<double, std::micro> untracked = clock::now() - start;
  for (const auto& one : who) caf::anon_send_exit(bennu::to_caf(one), caf::exit_reason::kill);

  const auto each = [&](auto all) { return static_cast<double>(all) / static_cast<double>(presences); };
  std::printf("\n%zu presences in topics of a hundred, each of a process of its own\n", found);
  std::printf("bytes each: %.0f; microseconds: track %.2f, get_by_key %.2f, untrack %.2f\n", each(bytes),
              each(tracked.count()), each(asked.count()), each(untracked.count()));
}

}  // namespace benchmarks
