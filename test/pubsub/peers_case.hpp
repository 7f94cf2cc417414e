#pragma once

#include <bennu/pubsub/internal/peers.hpp>

#include <memory>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include <bennu/pubsub/topic_hash.hpp>

#include <doctest/doctest.h>

/// The fixture of the tests of `peers`: a node, and the ends of its links.
namespace peers_world {

using namespace bennu;

using lines = std::vector<std::string>;

inline topic_bucket bucket(std::string_view topic) { return bucket_of(topic_hash(topic)); }

inline peers::bytes text(std::string content) { return std::make_shared<const std::string>(std::move(content)); }

/// The receiving end of a link: it reads the records that the other node sends.
struct end final : batch_reader {
  void on(const record_message& record) override {
    seen.emplace_back(record.bytes);
    bytes += record.bytes.size();
    ++messages;
  }
  void on(const record_interest& record) override {
    interest.assign(record.bits);
    change = record.number;
    ++maps;
  }
  void on(const record_interest_changes& record) override {
    for (std::size_t i = 0; i < record.changes.size(); i += 4) {
      std::uint32_t one = 0;
      record.changes.copy(reinterpret_cast<char*>(&one), 4, i);
      interest.set(static_cast<topic_bucket>(one / 2), one % 2 != 0);
    }
    change = record.number;
  }
  void on(const record_confirmed& record) override { confirmed = record; }
  void on(const record_node& record) override { seen.push_back("node " + record.node.name); }
  void on(const record_dropped&) override { seen.emplace_back("dropped"); }
  void on(const record_leave&) override { seen.emplace_back("leave"); }
  lines take() { return std::exchange(seen, {}); }

  lines seen;
  interest_map interest;
  std::uint64_t bytes = 0;
  std::uint64_t messages = 0;
  std::uint64_t change = 0;
  record_confirmed confirmed{};
  int maps = 0;
};

struct peers_case {
  peers_case() {
    limits.max_node_window_bytes = 10;
    limits.max_node_outbox_bytes = 100;
    limits.max_node_outbox_messages = 5;
    limits.max_nodes = 3;
    others.count_with(counts);
  }

  /// A node that is up, and has interest in the topic "t".
  end& join(const std::string& name) {
    auto& e = ends[name];
    e = std::make_unique<end>();
    others.open({name, 1}, name + ":1", [this, name] { woken.insert(name); });
    flush(name);
    interest_map interest;
    interest.set(bucket("t"), true);
    others.on(name, record_interest{0, interest.bits()});
    others.up(name);
    flush(name);
    woken.clear();
    return *e;
  }
  /// Delivers to the node all records that can be taken.
  void flush(const std::string& name) {
    for (std::string batch; others.take(name, batch); batch.clear()) CHECK(ends.at(name)->read(batch));
  }
  /// The node confirms all it got.
  void confirm(const std::string& name) {
    const auto& e = *ends.at(name);
    others.on(name, record_confirmed{e.bytes, e.messages, e.change});
  }
  node_info info(const std::string& name) const {
    for (const auto& each : others.nodes()) {
      if (each.id.name == name) return each;
    }
    return {};
  }
  void set_interest(std::string_view topic, bool interested = true) {
    if (interested) {
      interest.insert(bucket(topic));
    } else {
      interest.erase(bucket(topic));
    }
    others.on_interest(bucket(topic));
  }

  bennu::limits limits;
  std::set<topic_bucket> interest;
  std::shared_ptr<metrics> counts = std::make_shared<metrics>(std::vector<event_loop*>{});
  lines log;
  peers others{limits, logger{log_level::warning, [this](log_level, std::string_view line) { log.emplace_back(line); }},
               [this](topic_bucket where) { return interest.contains(where); }};
  std::map<std::string, std::unique_ptr<end>> ends;
  std::set<std::string> woken;
  peers::clock::time_point now = peers::clock::now();
};

}  // namespace peers_world
