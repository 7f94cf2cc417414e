#include <bennu/channels/channel.hpp>

namespace bennu {

channel::~channel() = default;

void channel::terminate(const exit_reason&) {}

void channel::extend(caf::message_handler&) {}

}  // namespace bennu
