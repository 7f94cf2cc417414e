#include <bennu/channels/introspection/internal/node_questions.hpp>

#include <chrono>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include <doctest/doctest.h>

#include "../../pubsub/memory_network.hpp"

using bennu::cluster;
using bennu::event_loop;
using bennu::node_questions;
using namespace std::chrono_literals;

namespace {

const bennu::logger quiet{bennu::log_level::error, [](bennu::log_level, std::string_view) {}};

/// Three linked nodes: one asks, the second answers with the question twice, the third never.
class fixture {
public:
  struct member {
    member(memory_network& net, event_loop& loop, const std::string& name, node_questions::answerer answer)
        : nodes(net.join(name), quiet), questions(std::make_shared<node_questions>(nodes, loop, std::move(answer))) {
      questions->start();
      nodes.start();
    }
    cluster nodes;
    std::shared_ptr<node_questions> questions;
  };

  fixture() {
    net.link("asker", "twice");
    net.link("asker", "never");
  }

  void ask(const std::string& node, std::string_view question) {
    asker.questions->ask(node, question, 2s, [this](auto bytes) { answers.push_back(bytes.value_or("-")); });
  }
  void run() {
    net.settle();
    while (loop.has_posted()) loop.run_one_posted();
    while (loop.run_one_timer()) {
    }
  }
  void advance(event_loop::clock::duration by) {
    for (const auto end = loop.now() + by; loop.now() < end;) {
      loop.set_time(loop.now() + 100ms);
      run();
    }
  }

  memory_network net;
  event_loop loop{0, event_loop::clock_source::manual};
  member asker{net, loop, "asker", [](auto, const auto&) {}};
  member twice{net, loop, "twice", [](std::string_view question, const auto& reply) {
                 reply(std::string{question} + std::string{question});
               }};
  member never{net, loop, "never", [](auto, const auto&) {}};
  std::vector<std::string> answers;
};

using texts = std::vector<std::string>;

}  // namespace

TEST_CASE_FIXTURE(fixture, "each question gets its own answer") {
  ask("twice", "a");
  ask("twice", std::string("\0b", 2));
  run();
  CHECK(answers == texts{"aa", std::string("\0b\0b", 4)});
  advance(3s);
  CHECK(answers.size() == 2);
}

TEST_CASE_FIXTURE(fixture, "a node that does not answer in time gives none, and the others do") {
  ask("never", "a");
  ask("twice", "b");
  run();
  CHECK(answers == texts{"bb"});
  advance(1'900ms);
  ask("never", "c");
  run();
  CHECK(answers == texts{"bb"});
  advance(200ms);
  CHECK(answers == texts{"bb", "-"});
  advance(2s);
  CHECK(answers == texts{"bb", "-", "-"});
}

TEST_CASE_FIXTURE(fixture, "a node that is not up, and one that is lost, give no answer at once") {
  ask("unknown", "a");
  CHECK(answers == texts{"-"});
  ask("never", "b");
  net.cut("asker", "never");
  run();
  CHECK(answers == texts{"-", "-"});
}

TEST_CASE_FIXTURE(fixture, "a node that leaves asks and answers no more") {
  ask("never", "a");
  asker.questions->on_leave();
  CHECK(answers == texts{"-"});
  ask("twice", "b");
  run();
  CHECK(answers == texts{"-", "-"});
}

TEST_CASE_FIXTURE(fixture, "an answer counts only from the node that was asked") {
  ask("never", "a");
  // The message of an answer to the first question.
  std::string forged("\2", 1);
  bennu::append_number(forged, std::uint64_t{1});
  CHECK(twice.nodes.send({"asker", 0}, node_questions::service_name, forged + "lie"));
  CHECK(twice.nodes.send({"asker", 0}, node_questions::service_name, "\2short"));
  run();
  CHECK(answers.empty());
}
