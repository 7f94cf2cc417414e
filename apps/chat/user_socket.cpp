#include "user_socket.hpp"

#include <functional>
#include <utility>

#include "room_channel.hpp"
#include "rooms_channel.hpp"
#include "visitor.hpp"

namespace chat {

user_socket::user_socket(rooms& all, bennu::presence& here) {
  channel<room_channel>("room:*", std::ref(all), std::ref(here));
  channel<rooms_channel>(directory, std::ref(here));
}

bennu::connect_result user_socket::connect(const bennu::json& params, const bennu::connect_info&,
                                           bennu::assigns& to) const {
  auto decoded = bennu::decode<visitor>(params);
  if (const auto* error = std::get_if<bennu::decode_error>(&decoded)) return bennu::deny(403, error->text());
  to.set(visitor{cleaned(std::get<visitor>(decoded).name)});
  return bennu::accept();
}

}  // namespace chat
