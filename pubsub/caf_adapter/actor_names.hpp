#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>

#include <bennu/runtime/actor_ref.hpp>

namespace bennu {

/// The actors of this node that can be asked for by name, also from other nodes. Held by a shared pointer. Any thread.
class actor_names final : public std::enable_shared_from_this<actor_names> {
public:
  /// Until it ends, or another one is registered by that name.
  void add(const std::string& name, const actor_ref& who);
  /// Nothing where there is none.
  actor_ref find(std::string_view name) const;
  void clear();

private:
  mutable std::mutex mutex_;
  std::map<std::string, actor_ref, std::less<>> all_;
};

}  // namespace bennu
