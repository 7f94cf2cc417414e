#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/channels/introspection/node_report.hpp>
#include <bennu/channels/introspection/socket_list.hpp>
#include <bennu/channels/introspection/topic_list.hpp>

/// The questions that nodes ask each other, and themselves, about their clients. Each has a name, and a type of answer.
namespace bennu {

/// Some sockets of a node.
struct socket_part {
  std::vector<socket_info> sockets;
  bool complete = true;  ///< false if there are more

  static void fields(auto& self, auto&& f) {
    f("sockets", self.sockets);
    f("complete", self.complete);
  }
};

struct sockets_question {
  using answer = socket_part;
  static constexpr std::string_view name = "sockets";

  std::optional<std::string> id;
  std::optional<std::string> topic;
  std::uint64_t run = 0;  ///< of the node, if it begins after a certain socket; else it begins with the first
  std::uint64_t loop = 0;
  std::uint64_t after = 0;  ///< the number of a socket of the loop
  std::uint64_t most = 0;

  static void fields(auto& self, auto&& f) {
    f("id", self.id);
    f("topic", self.topic);
    f("run", self.run);
    f("loop", self.loop);
    f("after", self.after);
    f("most", self.most);
  }
};

/// Some topics of a node.
struct topic_part {
  std::vector<topic_info> topics;
  bool complete = true;  ///< false if there are more

  static void fields(auto& self, auto&& f) {
    f("topics", self.topics);
    f("complete", self.complete);
  }
};

struct topics_question {
  using answer = topic_part;
  static constexpr std::string_view name = "topics";

  std::string prefix;
  std::string after;
  std::uint64_t most = 0;

  static void fields(auto& self, auto&& f) {
    f("prefix", self.prefix);
    f("after", self.after);
    f("most", self.most);
  }
};

struct report_question {
  using answer = node_report;
  static constexpr std::string_view name = "report";

  static void fields(auto&, auto&&) {}
};

/// True if the socket was there.
struct close_result {
  bool found = false;

  static void fields(auto& self, auto&& f) { f("found", self.found); }
};

struct close_question {
  using answer = close_result;
  static constexpr std::string_view name = "close";

  std::uint64_t run = 0;
  std::uint64_t loop = 0;
  std::uint64_t number = 0;
  std::string reason;

  static void fields(auto& self, auto&& f) {
    f("run", self.run);
    f("loop", self.loop);
    f("number", self.number);
    f("reason", self.reason);
  }
};

}  // namespace bennu
