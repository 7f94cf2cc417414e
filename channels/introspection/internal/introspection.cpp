#include <bennu/channels/introspection/internal/introspection.hpp>

#include <algorithm>
#include <map>
#include <stdexcept>

#include <bennu/channels/introspection/internal/connection_id.hpp>
#include <bennu/pubsub/topic_counts.hpp>
#include <bennu/runtime/actor_host.hpp>
#include <bennu/runtime/base64url.hpp>
#include <bennu/runtime/codec.hpp>
#include <bennu/runtime/gathered.hpp>
#include <bennu/runtime/json_parse.hpp>

namespace bennu {

namespace {

constexpr std::size_t max_depth = 16;

std::string cursor_after(std::string_view last) {
  std::string cursor;
  append_base64url(cursor, last);
  return cursor;
}

/// The text of `cursor_after`; empty for the first page.
std::string last_before(std::string_view cursor) {
  auto last = from_base64url(cursor);
  if (!last) throw std::invalid_argument("the cursor is not one of an earlier page");
  return std::move(*last);
}

void check_limit(std::size_t limit) {
  if (limit >= 1 && limit <= introspection::max_limit) return;
  throw std::invalid_argument("a limit is a number from 1 to " + std::to_string(introspection::max_limit));
}

template <class T>
std::optional<T> read_as(std::string_view bytes) {
  auto parsed = parse_json(bytes, max_depth);
  auto* const value = std::get_if<json>(&parsed);
  if (value == nullptr) return std::nullopt;
  auto decoded = decode<T>(*value);
  auto* const found = std::get_if<T>(&decoded);
  return found == nullptr ? std::nullopt : std::optional{std::move(*found)};
}

template <class Parts>
std::vector<std::string> unanswered(const Parts& parts) {
  std::vector<std::string> names;
  for (const auto& one : parts) {
    if (!one.answer) names.push_back(one.node);
  }
  return names;
}

/// Takes sockets up to the limit, and up to the first part that is not complete.
template <class Parts>
socket_page page_of_sockets(Parts parts, std::size_t limit) {
  socket_page page;
  page.unanswered = unanswered(parts);
  for (auto& one : parts) {
    if (!one.answer) continue;
    auto& found = one.answer->sockets;
    const auto count = std::min(found.size(), limit - page.sockets.size());
    std::move(found.begin(), found.begin() + static_cast<std::ptrdiff_t>(count), std::back_inserter(page.sockets));
    if (count == found.size() && one.answer->complete && page.sockets.size() < limit) continue;
    if (!page.sockets.empty()) page.cursor = cursor_after(page.sockets.back().ref);
    break;
  }
  return page;
}

template <class Parts>
topic_page page_of_topics(Parts parts, std::size_t limit) {
  topic_page page;
  page.unanswered = unanswered(parts);
  std::vector<topic_counts> all;
  for (auto& one : parts) {
    if (!one.answer) continue;
    auto& next = all.emplace_back();
    next.is_complete = one.answer->complete;
    for (auto& [topic, subscribers] : one.answer->topics) next.entries.push_back({std::move(topic), subscribers});
  }
  auto found = topic_counts::merge(std::move(all), limit);
  for (auto& [topic, subscribers] : found.entries) page.topics.push_back({std::move(topic), subscribers});
  if (!found.is_complete && !page.topics.empty()) page.cursor = cursor_after(page.topics.back().topic);
  return page;
}

}  // namespace

introspection::introspection(channel_services& of, const replaceable<limits>& limits)
    : services_(of),
      limits_(limits),
      here_(of),
      questions_(std::make_shared<node_questions>(
          of.pubsub.cluster(), of.hosts.front()->loop(),
          [this](std::string_view question, auto reply) { answer_node(question, std::move(reply)); })) {}

// -- questions to nodes -----------------------------------------------------------------------------------------------

std::vector<std::string> introspection::nodes(const std::optional<std::string>& node) const {
  std::vector<std::string> all{here_.node()};
  for (const auto& one : services_.pubsub.cluster().nodes()) {
    if (one.state == node_state::up) all.push_back(one.id.name);
  }
  if (node) std::erase_if(all, [&](const auto& name) { return name != *node; });
  std::sort(all.begin(), all.end());
  return all;
}

template <class Question>
void introspection::ask(const std::string& node, const Question& question,
                        std::function<void(part<typename Question::answer>)> then) {
  using answer = typename Question::answer;
  if (node == here_.node()) {
    return here_.answer(question, [node, then = std::move(then)](answer found) { then({node, std::move(found)}); });
  }
  const json text{{Question::name, encode(question)}};
  questions_->ask(node, text.dump(), limits_.get().node_answer_timeout,
                  [this, node, then = std::move(then)](std::optional<std::string> bytes) {
                    if (!bytes) services_.counts.add(metric::node_answers_missing);
                    // A list may be long, and this may be a thread that must not read it.
                    services_.run_blocking([node, then, bytes = std::move(bytes)] {
                      then({node, bytes ? read_as<answer>(*bytes) : std::nullopt});
                    });
                  });
}

template <class Question>
void introspection::ask_all(std::vector<std::pair<std::string, Question>> questions,
                            std::function<void(std::vector<part<typename Question::answer>>)> then) {
  using parts = std::vector<part<typename Question::answer>>;
  const auto all =
      gathered<part<typename Question::answer>>::make(questions.size(), [this, then = std::move(then)](parts found) {
        services_.run_blocking([then, found = std::move(found)]() mutable {
          std::sort(found.begin(), found.end(), [](const auto& a, const auto& b) { return a.node < b.node; });
          then(std::move(found));
        });
      });
  for (const auto& [node, question] : questions) {
    ask<Question>(node, question, [all](auto found) { all->add(std::move(found)); });
  }
}

// -- answers to nodes -------------------------------------------------------------------------------------------------

template <class Question>
bool introspection::answer_as(const json& question, std::function<void(std::string)>& reply) {
  const auto* const content = question.find(Question::name);
  if (content == nullptr) return false;
  auto asked = decode<Question>(*content);
  auto* const known = std::get_if<Question>(&asked);
  if (known == nullptr) return false;
  here_.answer(*known, [this, reply = std::move(reply)](typename Question::answer found) {
    services_.run_blocking([reply, found = std::move(found)] { reply(encode(found).dump()); });
  });
  return true;
}

/// A question that this version does not know gets no answer.
void introspection::answer_node(std::string_view question, std::function<void(std::string)> reply) {
  const auto parsed = parse_json(question, max_depth);
  const auto* const asked = std::get_if<json>(&parsed);
  const bool is_known =
      asked != nullptr && (answer_as<sockets_question>(*asked, reply) || answer_as<topics_question>(*asked, reply) ||
                           answer_as<report_question>(*asked, reply) || answer_as<close_question>(*asked, reply));
  if (!is_known) services_.log.warning("another node sent a question that cannot be read");
}

// -- the calls --------------------------------------------------------------------------------------------------------

void introspection::sockets(const socket_query& wanted, std::function<void(socket_page)> then) {
  check_limit(wanted.limit);
  std::optional<connection_id> last;
  if (!wanted.cursor.empty()) {
    last = connection_id::parse(last_before(wanted.cursor));
    if (!last) throw std::invalid_argument("the cursor is not one of an earlier page");
  }
  std::vector<std::pair<std::string, sockets_question>> questions;
  for (auto& node : nodes(wanted.node)) {
    if (last && node < last->node) continue;
    sockets_question question{.id = wanted.id, .topic = wanted.topic, .most = wanted.limit};
    if (last && node == last->node) {
      question.run = last->run;
      question.loop = last->loop;
      question.after = last->number;
    }
    questions.emplace_back(std::move(node), std::move(question));
  }
  ask_all<sockets_question>(std::move(questions), [limit = wanted.limit, then = std::move(then)](auto parts) {
    then(page_of_sockets(std::move(parts), limit));
  });
}

void introspection::topics(const topic_query& wanted, std::function<void(topic_page)> then) {
  check_limit(wanted.limit);
  const auto after = last_before(wanted.cursor);
  std::vector<std::pair<std::string, topics_question>> questions;
  for (auto& node : nodes(wanted.node)) {
    questions.emplace_back(std::move(node), topics_question{wanted.prefix, after, wanted.limit});
  }
  ask_all<topics_question>(std::move(questions), [limit = wanted.limit, then = std::move(then)](auto parts) {
    then(page_of_topics(std::move(parts), limit));
  });
}

void introspection::reports(std::function<void(std::vector<node_report>)> then) {
  std::vector<std::pair<std::string, report_question>> questions;
  for (auto& node : nodes(std::nullopt)) questions.emplace_back(std::move(node), report_question{});
  ask_all<report_question>(std::move(questions), [this, then = std::move(then)](auto parts) {
    std::map<std::string, node_report> all;
    for (const auto& known : services_.pubsub.cluster().nodes()) {
      auto& one = all[known.id.name];
      one.name = known.id.name;
      one.lag_ms = known.lag.count();
    }
    for (auto& [node, answer] : parts) {
      if (!answer) continue;
      answer->lag_ms = all[node].lag_ms;
      all[node] = std::move(*answer);
    }
    std::vector<node_report> reports;
    for (auto& [node, report] : all) reports.push_back(std::move(report));
    const auto mine =
        std::find_if(reports.begin(), reports.end(), [&](const auto& r) { return r.name == here_.node(); });
    if (mine != reports.end()) std::rotate(reports.begin(), mine, mine + 1);
    then(std::move(reports));
  });
}

void introspection::close(std::string_view ref, std::string reason, std::function<void(closing)> then) {
  const auto id = connection_id::parse(ref);
  if (!id || nodes(id->node).empty()) return then(closing::not_found);
  const close_question question{id->run, id->loop, id->number, std::move(reason)};
  ask<close_question>(id->node, question, [then = std::move(then)](const auto& part) {
    if (!part.answer) return then(closing::unanswered);
    then(part.answer->found ? closing::closed : closing::not_found);
  });
}

}  // namespace bennu
