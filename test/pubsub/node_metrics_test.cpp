#include <bennu/pubsub/node_metrics.hpp>

#include <chrono>
#include <string>

#include <doctest/doctest.h>

using namespace bennu;

namespace {

bool has_line(const std::string& text, const std::string& line) {
  return ('\n' + text).find('\n' + line + '\n') != std::string::npos;
}

}  // namespace

TEST_CASE("other nodes are shown with their names") {
  node_info a{{"a", 1}, node_state::up, "10.0.0.1:4370", 1, 20, 3, 40, 5, 8, std::chrono::milliseconds{9}, 6, 7};
  node_info b;
  b.id.name = R"(b"\)";
  const auto text = to_text({a, b}, metrics_format::prometheus);
  CHECK(has_line(text, R"(bennu_node_up{node="a"} 1)"));
  CHECK(has_line(text, R"(bennu_node_up{node="b\"\\"} 0)"));
  CHECK(has_line(text, R"(bennu_node_messages_sent_total{node="a"} 1)"));
  CHECK(has_line(text, R"(bennu_node_bytes_sent_total{node="a"} 20)"));
  CHECK(has_line(text, R"(bennu_node_messages_received_total{node="a"} 3)"));
  CHECK(has_line(text, R"(bennu_node_bytes_received_total{node="a"} 40)"));
  CHECK(has_line(text, R"(bennu_node_waiting_messages{node="a"} 5)"));
  CHECK(has_line(text, R"(bennu_node_unconfirmed_bytes{node="a"} 8)"));
  CHECK(has_line(text, R"(bennu_node_lag_milliseconds{node="a"} 9)"));
  CHECK(has_line(text, R"(bennu_node_messages_lost_total{node="a"} 6)"));
  CHECK(has_line(text, R"(bennu_node_messages_unconfirmed_total{node="a"} 7)"));
  CHECK(has_line(text, "# TYPE bennu_node_up gauge"));
  CHECK(has_line(text, "# TYPE bennu_node_messages_lost_total counter"));
}

TEST_CASE("a node that is alone shows nothing") { CHECK(to_text({}, metrics_format::prometheus).empty()); }
