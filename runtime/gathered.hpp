#pragma once

#include <cstddef>
#include <functional>
#include <memory>
#include <utility>
#include <vector>

#include <bennu/runtime/guarded.hpp>

namespace bennu {

/// The parts of an answer that several threads add. Any thread may call.
template <class Part>
class gathered {
public:
  using parts = std::vector<Part>;

  /// @param then called once with the parts, in the order of their arrival, by the thread that adds the last of
  /// `count`, or at once if there is none to come
  static std::shared_ptr<gathered> make(std::size_t count, std::function<void(parts)> then) {
    auto made = std::make_shared<gathered>(count, std::move(then));
    if (count == 0) made->then_({});
    return made;
  }
  gathered(std::size_t count, std::function<void(parts)> then) : count_(count), then_(std::move(then)) {}

  void add(Part part) {
    auto all = parts_.lock();
    all->push_back(std::move(part));
    if (all->size() < count_) return;
    auto complete = std::move(*all);
    all.unlock();
    then_(std::move(complete));
  }

private:
  const std::size_t count_;
  const std::function<void(parts)> then_;
  guarded<parts> parts_;
};

}  // namespace bennu
