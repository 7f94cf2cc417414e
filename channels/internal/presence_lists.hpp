#pragma once

#include <functional>
#include <memory>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/json.hpp>

namespace bennu {

/// The presences of an endpoint, for those who ask for the list of a topic. Any thread may call.
class presence_lists {
public:
  /// Returns the presences of a topic, as `presence::list`. May block.
  using list = std::function<json(std::string_view topic)>;

  /// Adds a presence, which is asked as long as it lives.
  void add(std::weak_ptr<const list> one) { lists_.lock()->push_back(std::move(one)); }

  /// The presences of a topic in all of them. May block.
  json of(std::string_view topic) const {
    json all{json::object{}};
    const auto lists = *lists_.lock();
    for (const auto& one : lists) {
      const auto alive = one.lock();
      if (alive == nullptr) continue;
      auto found = (*alive)(topic);
      if (all.size() == 0) std::swap(all, found);
      for (auto& [key, value] : found.as_object()) all.set(key, std::move(value));
    }
    return all;
  }

private:
  guarded<std::vector<std::weak_ptr<const list>>> lists_;
};

}  // namespace bennu
