#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <utility>

#include <bennu/channels/testing/internal/schedule.hpp>

namespace bennu::testing {

/// One direction between two nodes.
class wire final : public schedule::stepper {
public:
  explicit wire(schedule& when) : stepper(turn::before_threads), schedule_(when) {}
  ~wire() override { schedule_.forget(*this); }

  bool ready() const override { return !held_ && !events_.empty(); }
  void step() override {
    const auto first = std::move(events_.front());
    events_.pop_front();
    first();
    schedule_.update(*this);
  }

  /// Adds an event. Drops it if the link is cut.
  void put(std::function<void()> event) {
    if (!cut_) put_all_the_same(std::move(event));
  }
  /// Adds a message, or, if it is to be lost, the event that the other side is told so.
  void put_message(std::function<void()> event, std::function<void()> loss) {
    if (to_lose_ > 0 && !cut_) {
      --to_lose_;
      put(std::move(loss));
    } else {
      put(std::move(event));
    }
  }
  /// Adds an event that the other side notices by itself, even if the link is cut.
  void put_all_the_same(std::function<void()> event) {
    events_.push_back(std::move(event));
    schedule_.update(*this);
  }

  bool is_cut() const noexcept { return cut_; }
  void cut() {
    cut_ = true;
    to_lose_ = 0;
    events_.clear();
    schedule_.update(*this);
  }
  void heal() { cut_ = false; }
  void hold(bool wanted) {
    held_ = wanted;
    schedule_.update(*this);
  }
  void lose(std::size_t messages) { to_lose_ += messages; }

private:
  schedule& schedule_;
  std::deque<std::function<void()>> events_;
  bool cut_ = true;
  bool held_ = false;
  std::size_t to_lose_ = 0;
};

}  // namespace bennu::testing
