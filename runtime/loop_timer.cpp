#include <bennu/runtime/loop_timer.hpp>

namespace bennu {

struct loop_timer::entry {
  timer_queue& queue;
  std::chrono::steady_clock::time_point due;
  std::uint64_t number;  ///< orders timers of the same time
  timer_queue::task work;
  std::size_t index = 0;
  loop_timer* owner = nullptr;

  bool is_before(const entry& other) const noexcept {
    return due != other.due ? due < other.due : number < other.number;
  }
};

// -- loop_timer -------------------------------------------------------------------------------------------------------

loop_timer::loop_timer(entry& pending) noexcept : entry_(&pending) { pending.owner = this; }

void loop_timer::take(loop_timer& other) noexcept {
  entry_ = std::exchange(other.entry_, nullptr);
  if (entry_ != nullptr) entry_->owner = this;
}

void loop_timer::cancel() noexcept {
  if (entry_ == nullptr) return;
  const auto dropped = entry_->queue.remove(entry_->index);
  entry_ = nullptr;  // before the task is destroyed, because it may own the object that has this as a member
}

// -- timer_queue ------------------------------------------------------------------------------------------------------

timer_queue::~timer_queue() {
  while (!heap_.empty()) remove(heap_.size() - 1)->owner->entry_ = nullptr;
}

loop_timer timer_queue::add(time_point due, task work) {
  auto made = std::make_unique<entry>(entry{*this, due, ++added_, std::move(work)});
  heap_.push_back(nullptr);
  loop_timer result{*made};
  sift_up(heap_.size() - 1, made.release());
  return result;
}

std::optional<timer_queue::time_point> timer_queue::next_due() const noexcept {
  if (heap_.empty()) return std::nullopt;
  return heap_.front()->due;
}

bool timer_queue::run_one(time_point now) {
  if (heap_.empty() || heap_.front()->due > now) return false;
  const auto first = remove(0);
  first->owner->entry_ = nullptr;
  first->work();
  return true;
}

std::unique_ptr<loop_timer::entry> timer_queue::remove(std::size_t index) noexcept {
  std::unique_ptr<entry> removed{heap_[index]};
  auto* const last = heap_.back();
  heap_.pop_back();
  if (last != removed.get() && sift_up(index, last) == index) sift_down(index, last);
  return removed;
}

void timer_queue::place(std::size_t index, entry* e) noexcept {
  heap_[index] = e;
  e->index = index;
}

/// Puts an entry at an index or nearer to the front. @returns its index
std::size_t timer_queue::sift_up(std::size_t index, entry* e) noexcept {
  while (index > 0) {
    const auto parent = (index - 1) / 2;
    if (!e->is_before(*heap_[parent])) break;
    place(index, heap_[parent]);
    index = parent;
  }
  place(index, e);
  return index;
}

/// Puts an entry at an index or farther from the front. @returns its index
std::size_t timer_queue::sift_down(std::size_t index, entry* e) noexcept {
  for (;;) {
    auto child = 2 * index + 1;
    if (child >= heap_.size()) break;
    if (child + 1 < heap_.size() && heap_[child + 1]->is_before(*heap_[child])) ++child;
    if (!heap_[child]->is_before(*e)) break;
    place(index, heap_[child]);
    index = child;
  }
  place(index, e);
  return index;
}

}  // namespace bennu
