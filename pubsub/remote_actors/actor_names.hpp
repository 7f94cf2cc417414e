#pragma once

#include <map>
#include <memory>
#include <string>
#include <string_view>

#include <bennu/runtime/actor_ref.hpp>
#include <bennu/runtime/guarded.hpp>

namespace bennu {

/// The actors of this node that can be found by name, also from other nodes. Held by a shared pointer. Any thread may
/// call.
class actor_names final : public std::enable_shared_from_this<actor_names> {
public:
  /// Registers an actor until it ends, or until another one is registered under the name.
  void add(const std::string& name, const actor_ref& actor);
  /// @returns nothing if there is none
  actor_ref find(std::string_view name) const;
  void clear();

private:
  using table = std::map<std::string, actor_ref, std::less<>>;

  guarded<table> all_;
};

}  // namespace bennu
