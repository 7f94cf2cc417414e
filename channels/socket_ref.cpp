#include <bennu/channels/socket_ref.hpp>

#include <bennu/channels/internal/socket_ref_state.hpp>

namespace bennu {

void reply(const socket_ref& to, const status& how, const payload& body) {
  const auto& s = to.get();
  s.context->client->post(s.context->wire.reply({s.join_ref, s.ref_of_push, s.topic, how.name(), body}));
}

}  // namespace bennu
