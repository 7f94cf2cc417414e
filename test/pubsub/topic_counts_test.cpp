#include <bennu/pubsub/topic_counts.hpp>

#include <string>

#include <doctest/doctest.h>

using bennu::topic_counts;

namespace {

std::string text(const topic_counts& all) {
  std::string out;
  for (const auto& [topic, subscribers] : all.entries) out += topic + std::to_string(subscribers) + ' ';
  return out + (all.is_complete ? "." : "...");
}

}  // namespace

TEST_CASE("a topic of several parts has the sum of their subscribers, and all are in order") {
  CHECK(text(topic_counts::merge({{{{"a", 1}, {"c", 2}}}, {{{"b", 3}, {"c", 4}}}}, 10)) == "a1 b3 c6 .");
  CHECK(text(topic_counts::merge({}, 10)) == ".");
}

TEST_CASE("beyond the limit there are more") {
  CHECK(text(topic_counts::merge({{{{"a", 1}, {"b", 2}, {"c", 3}}}}, 2)) == "a1 b2 ...");
  CHECK(text(topic_counts::merge({{{{"a", 1}, {"b", 2}}}}, 2)) == "a1 b2 .");
}

TEST_CASE("topics after the end of a part that is not complete are left for the next page") {
  CHECK(text(topic_counts::merge({{{{"a", 1}, {"c", 1}}, false}, {{{"b", 1}, {"d", 1}}}}, 10)) == "a1 b1 c1 ...");
}
