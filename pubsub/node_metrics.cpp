#include <bennu/pubsub/node_metrics.hpp>

#include <cstdint>
#include <string_view>

namespace bennu {

namespace {

struct figure {
  std::string_view name;
  std::string_view help;
  bool is_gauge;
  std::uint64_t (*of)(const node_info&);
};

constexpr figure figures[] = {
    {"bennu_node_up", "1 while messages go both ways between this node and that one.", true,
     [](const node_info& n) -> std::uint64_t { return n.state == node_state::up ? 1 : 0; }},
    {"bennu_node_waiting_messages", "Messages that wait for that node.", true,
     [](const node_info& n) { return n.waiting_messages; }},
    {"bennu_node_unconfirmed_bytes", "Bytes of messages sent to that node that it has not confirmed.", true,
     [](const node_info& n) { return n.unconfirmed_bytes; }},
    {"bennu_node_lag_milliseconds", "Age of the oldest message that waits for that node or is not confirmed.", true,
     [](const node_info& n) { return static_cast<std::uint64_t>(n.lag.count()); }},
    {"bennu_node_messages_sent_total", "Messages sent to that node.", false,
     [](const node_info& n) { return n.sent_messages; }},
    {"bennu_node_bytes_sent_total", "Their bytes.", false, [](const node_info& n) { return n.sent_bytes; }},
    {"bennu_node_messages_received_total", "Messages received from that node.", false,
     [](const node_info& n) { return n.received_messages; }},
    {"bennu_node_bytes_received_total", "Their bytes.", false, [](const node_info& n) { return n.received_bytes; }},
    {"bennu_node_messages_lost_total",
     "Messages dropped because too much waited for that node, or for too long, or because its connection broke.", false,
     [](const node_info& n) { return n.lost_messages; }},
    {"bennu_node_messages_unconfirmed_total",
     "Messages that were on their way when a connection to that node broke: each arrived, or was lost.", false,
     [](const node_info& n) { return n.unconfirmed_messages; }},
};

std::string label_of(const node_info& node) {
  std::string text = "{node=\"";
  for (const char c : node.id.name) {
    if (c == '"' || c == '\\') text += '\\';
    text += c;
  }
  return text + "\"} ";
}

}  // namespace

std::string to_text(const std::vector<node_info>& others, metrics_format format) {
  std::string text;
  if (others.empty()) return text;
  for (const auto& f : figures) {
    append_description(text, format, f.name, f.help, f.is_gauge);
    for (const auto& node : others) {
      text.append(f.name).append(label_of(node)).append(std::to_string(f.of(node))).append("\n");
    }
  }
  return text;
}

}  // namespace bennu
