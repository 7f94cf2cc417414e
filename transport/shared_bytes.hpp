#pragma once

#include <string_view>

#include <bennu/runtime/ref.hpp>

namespace bennu {

/// Bytes that several answers send without copying them.
struct shared_bytes {
  std::string_view bytes;
  ref<const ref_counted> owner = {};  ///< keeps the bytes alive; null if they live for ever
};

}  // namespace bennu
