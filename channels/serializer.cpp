#include <bennu/channels/serializer.hpp>

namespace bennu {

ref<const frame> serializer::encode(shared_broadcast& what) const {
  if (what.original() == nullptr) return broadcast(what.value());
  const auto* const made = frame_of(*what.original());
  return made == nullptr ? nullptr : made->copy();
}

}  // namespace bennu
