#include "user_socket.hpp"

#include <functional>
#include <utility>

#include "room_channel.hpp"
#include "rooms_channel.hpp"

namespace chat {

user_socket::user_socket(rooms& all) {
  channel<room_channel>("room:*", std::ref(all));
  channel<rooms_channel>("rooms", std::ref(all));
}

bennu::connect_result user_socket::connect(const bennu::json& params, const bennu::connect_info&,
                                           bennu::assigns& to) const {
  auto who = bennu::decode<visitor>(params);
  if (const auto* wrong = std::get_if<bennu::decode_error>(&who)) return bennu::deny(403, wrong->text());
  to.set(std::get<visitor>(std::move(who)));
  return bennu::accept();
}

}  // namespace chat
