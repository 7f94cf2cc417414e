#include "user_socket.hpp"

#include <functional>
#include <utility>

#include "room_channel.hpp"
#include "rooms_channel.hpp"

namespace chat {

user_socket::user_socket(rooms& all, bennu::presence& here) {
  channel<room_channel>("room:*", std::ref(all), std::ref(here));
  channel<rooms_channel>(directory, std::ref(here));
}

bennu::connect_result user_socket::connect(const bennu::json& params, const bennu::connect_info&,
                                           bennu::assigns& to) const {
  auto who = bennu::decode<visitor>(params);
  if (const auto* wrong = std::get_if<bennu::decode_error>(&who)) return bennu::deny(403, wrong->text());
  to.set(std::get<visitor>(std::move(who)));
  return bennu::accept();
}

}  // namespace chat
