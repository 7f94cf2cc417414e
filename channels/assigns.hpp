#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <typeindex>
#include <utility>
#include <vector>

#include <bennu/runtime/json.hpp>

namespace bennu {

/// Data about a client that a socket or a channel keeps: JSON values by name, and values of the program's own types by
/// type.
///
/// Filled by `connect`, copied into each channel at its join; a channel's changes are its own. A plain value.
class assigns {
public:
  assigns() = default;
  /// With values by name: `bennu::assigns{{"user", "ana"}, {"admin", true}}`.
  assigns(std::initializer_list<std::pair<std::string_view, json>> named) : values_(named) {}

  /// The value assigned to `name`, or null.
  const json& operator[](std::string_view name) const noexcept { return values_[name]; }
  /// The value assigned to `name`. @throws json_access_error if there is none
  const json& at(std::string_view name) const { return values_.at(name); }
  /// The same as a string. @throws json_access_error, which names it, if there is none or it is of another type
  const std::string& as_string(std::string_view name) const { return values_.as_string(name); }
  std::int64_t as_int(std::string_view name) const { return values_.as_int(name); }
  void set(std::string_view name, json value) { values_.set(name, std::move(value)); }
  /// All named values, as an object.
  const json& values() const noexcept { return values_; }

  /// Stores `value` under its type, and replaces an earlier one. Copies of the assigns share it, so it is read-only.
  template <class T>
  void set(T value) {
    auto shared = std::make_shared<const T>(std::move(value));
    for (auto& [type, held] : typed_) {
      if (type == typeid(T)) {
        held = std::move(shared);
        return;
      }
    }
    typed_.emplace_back(typeid(T), std::move(shared));
  }

  /// The value that is stored under this type, or null.
  template <class T>
  const T* get() const noexcept {
    for (const auto& [type, held] : typed_) {
      if (type == typeid(T)) return static_cast<const T*>(held.get());
    }
    return nullptr;
  }

  /// Adds the values of `other`, which replace values of the same name or type.
  void merge(const assigns& other) {
    if (const auto* members = other.values_.if_object()) {
      for (const auto& [name, value] : *members) set(name, value);
    }
    for (const auto& entry : other.typed_) {
      std::erase_if(typed_, [&](const auto& mine) { return mine.first == entry.first; });
      typed_.push_back(entry);
    }
  }

private:
  json values_ = json::object{};
  std::vector<std::pair<std::type_index, std::shared_ptr<const void>>> typed_;
};

}  // namespace bennu
