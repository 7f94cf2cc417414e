#include <bennu/runtime/stepped_work.hpp>

#include <utility>

namespace bennu {

void stepped_work::add(step work) {
  loop_.post([&loop = loop_, queue = queue_, work = std::move(work)]() mutable {
    queue->push_back(std::move(work));
    if (queue->size() == 1) run(loop, queue);
  });
}

/// Does one step of the first work, and lets the others come first next time.
void stepped_work::run(event_loop& loop, const std::shared_ptr<std::deque<step>>& queue) {
  auto work = std::move(queue->front());
  queue->pop_front();
  if (!work()) queue->push_back(std::move(work));
  if (queue->empty()) return;
  loop.post([&loop, queue] { run(loop, queue); });
}

}  // namespace bennu
