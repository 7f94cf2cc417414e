#include <bennu/channels/introspection/internal/node_introspection.hpp>

#include <random>
#include <utility>

#include <bennu/channels/internal/socket_actor.hpp>
#include <bennu/channels/introspection/internal/connection_id.hpp>
#include <bennu/runtime/actor_host.hpp>
#include <bennu/runtime/gathered.hpp>

namespace bennu {

namespace {

/// The size of a part of a list beyond which it gets no more sockets: with very many topics each, fewer are in it than
/// were asked for.
constexpr std::size_t max_part_bytes = 1024 * 1024;

std::uint64_t random_number() {
  std::random_device source;
  return (std::uint64_t{source()} << 32) | source();
}

std::size_t size_of(const socket_info& one) noexcept {
  std::size_t size = sizeof one + one.id.value_or("").size() + one.ref.size();
  for (const auto& topic : one.topics) size += sizeof(std::string) + topic.size();
  return size;
}

}  // namespace

/// A search through the sockets of one loop after the other. One loop at a time has it.
class node_introspection::search : public std::enable_shared_from_this<search> {
public:
  search(node_introspection& of, const sockets_question& asked, std::function<void(socket_part)> then)
      : of_(of), asked_(asked), then_(std::move(then)) {
    if (asked.run != of.run_) asked_.loop = asked_.after = 0;
  }

  /// Goes on with the present loop.
  void go_on() {
    if (asked_.loop >= of_.work_.size()) return then_(std::move(found_));
    of_.work_[asked_.loop]->add([self = shared_from_this()] { return self->step(); });
  }

private:
  /// @returns true if this loop is done
  bool step() {
    if (is_full()) {
      found_.complete = false;
      then_(std::move(found_));
      return true;
    }
    const auto& table = of_.services_.sockets[asked_.loop];
    const auto last = table.scan(asked_.after, [this](auto number, const socket_actor& socket) {
      add(number, socket);
      return !is_full();
    });
    if (last) {
      asked_.after = *last;
      return false;
    }
    ++asked_.loop;
    asked_.after = 0;
    go_on();
    return true;
  }

  void add(std::uint64_t number, const socket_actor& socket) {
    if (socket.is_closed() || (asked_.id && socket.context().id != asked_.id)) return;
    if (asked_.topic && !socket.has_joined(*asked_.topic)) return;
    auto& one = found_.sockets.emplace_back();
    socket.describe(one);
    one.node = of_.node();
    one.ref = connection_id{of_.node(), of_.run_, asked_.loop, number}.text();
    bytes_ += size_of(one);
  }

  bool is_full() const noexcept { return found_.sockets.size() >= asked_.most || bytes_ >= max_part_bytes; }

  node_introspection& of_;
  sockets_question asked_;  ///< the place where the search is
  const std::function<void(socket_part)> then_;
  socket_part found_;
  std::size_t bytes_ = 0;
};

node_introspection::node_introspection(channel_services& of) : services_(of), run_(random_number()) {
  for (auto* host : of.hosts) work_.push_back(std::make_unique<stepped_work>(host->loop()));
}

void node_introspection::answer(const sockets_question& asked, std::function<void(socket_part)> then) {
  std::make_shared<search>(*this, asked, std::move(then))->go_on();
}

void node_introspection::answer(const topics_question& asked, std::function<void(topic_part)> then) {
  services_.pubsub.list_topics({asked.prefix, asked.after, asked.most}, [then = std::move(then)](topic_counts found) {
    topic_part part{.topics = {}, .complete = found.is_complete};
    part.topics.reserve(found.entries.size());
    for (auto& [topic, subscribers] : found.entries) part.topics.push_back({std::move(topic), subscribers});
    then(std::move(part));
  });
}

void node_introspection::answer(const report_question&, std::function<void(node_report)> then) {
  const auto all = gathered<node_report>::make(
      work_.size(), [name = node(), then = std::move(then)](const std::vector<node_report>& parts) {
        node_report sum{.name = name, .up = true, .sockets_by_path = {}, .channels_by_class = {}};
        for (const auto& part : parts) {
          sum.sockets += part.sockets;
          sum.channels += part.channels;
          sum.waiting_bytes += part.waiting_bytes;
          for (const auto& [path, count] : part.sockets_by_path) sum.sockets_by_path[path] += count;
          for (const auto& [name_of_class, count] : part.channels_by_class) {
            sum.channels_by_class[name_of_class] += count;
          }
        }
        then(std::move(sum));
      });
  for (std::size_t i = 0; i < work_.size(); ++i) {
    work_[i]->add([all, table = &services_.sockets[i], after = std::uint64_t{0}, part = node_report{}]() mutable {
      const auto last = table->scan(after, [&](auto, const socket_actor& socket) {
        if (!socket.is_closed()) socket.count(part);
        return true;
      });
      after = last.value_or(after);
      if (!last) all->add(std::move(part));
      return !last;
    });
  }
}

void node_introspection::answer(const close_question& asked, std::function<void(close_result)> then) {
  if (asked.run != run_ || asked.loop >= work_.size()) return then({false});
  services_.hosts[asked.loop]->loop().post([this, asked, then = std::move(then)] {
    const auto* const socket = services_.sockets[asked.loop].find(asked.number);
    const bool is_there = socket != nullptr && !socket->is_closed();
    if (is_there) {
      services_.log.info("a connection of " + socket->context().origin.address + " was closed by an operator" +
                         (asked.reason.empty() ? "" : ": " + asked.reason));
      socket->context().client->close(close_code::going_away, exit_reason::kind::disconnected);
    }
    then({is_there});
  });
}

}  // namespace bennu
