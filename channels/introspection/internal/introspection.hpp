#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/channels/internal/channel_services.hpp>
#include <bennu/channels/introspection/internal/node_introspection.hpp>
#include <bennu/channels/introspection/internal/node_questions.hpp>
#include <bennu/pubsub/node.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/replaceable.hpp>

namespace bennu {

/// Asks this node and the others about their clients, and joins the answers. Lists are encoded and joined on threads
/// for blocking jobs, so that I/O threads only collect. Any thread may call; `then` is called once, on any thread,
/// unless the endpoint stops before.
class introspection {
public:
  static constexpr std::size_t max_limit = 1'000;

  /// The result of closing a connection.
  enum class closing : std::uint8_t { closed, not_found, unanswered };

  /// @param of and `limits` must outlive this; the loops of `of` must end before this does
  introspection(channel_services& of, const replaceable<limits>& limits);

  /// Begins to answer other nodes. Call it once.
  void start() { questions_->start(); }

  /// @throws std::invalid_argument if the limit or the cursor is wrong
  void sockets(const socket_query& wanted, std::function<void(socket_page)> then);
  void topics(const topic_query& wanted, std::function<void(topic_page)> then);
  void reports(std::function<void(std::vector<node_report>)> then);
  void close(std::string_view ref, std::string reason, std::function<void(closing)> then);

private:
  /// The answer of a node; nothing if it did not come in time, or cannot be read.
  template <class Answer>
  struct part {
    std::string node;
    std::optional<Answer> answer;
  };

  void answer_node(std::string_view question, std::function<void(std::string)> reply);
  template <class Question>
  bool answer_as(const json& question, std::function<void(std::string)>& reply);
  /// Asks one node, which may be this one. `then` may be called on an I/O thread.
  template <class Question>
  void ask(const std::string& node, const Question& question,
           std::function<void(part<typename Question::answer>)> then);
  /// Asks several nodes. `then` is called on a thread for blocking jobs, with the answers in the order of the nodes.
  template <class Question>
  void ask_all(std::vector<std::pair<std::string, Question>> questions,
               std::function<void(std::vector<part<typename Question::answer>>)> then);
  /// This node and those that are up, in the order of their names; or only `node`.
  std::vector<std::string> nodes(const std::optional<std::string>& node) const;

  channel_services& services_;
  const replaceable<limits>& limits_;
  node_introspection here_;
  std::shared_ptr<node_questions> questions_;
};

}  // namespace bennu
