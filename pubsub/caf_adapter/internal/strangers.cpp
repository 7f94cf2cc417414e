#include <bennu/pubsub/caf_adapter/internal/strangers.hpp>

#include <utility>

#include <sys/socket.h>
#include <caf/actor_cast.hpp>
#include <caf/actor_system.hpp>
#include <caf/io/basp_broker.hpp>
#include <caf/io/middleman.hpp>

namespace bennu {

strangers::strangers(caf::actor_system& system, std::shared_ptr<metrics> counts)
    : system_(system),
      counts_(std::move(counts)),
      broker_(system.middleman().named_broker<caf::io::basp_broker>(caf::atom("BASP"))) {}

void strangers::look(std::size_t most) {
  system_.middleman().run_later([self = shared_from_this(), most] { self->look_now(most); });
}

void strangers::look_now(std::size_t most) {
  auto* const broker = static_cast<caf::io::basp_broker*>(caf::actor_cast<caf::abstract_actor*>(broker_));
  if (broker->getf(caf::abstract_actor::is_terminated_flag)) return;
  const auto before = std::exchange(seen_, {});
  for (const auto& connection : broker->connections()) {
    if (broker->ctx.find(connection) != broker->ctx.end()) continue;  // it has said something that CAF understood
    seen_.insert(connection);
    if (!before.contains(connection) && seen_.size() <= most) continue;
    counts_->add(metric::strangers_refused);
    // CAF's handle of a connection is its descriptor. It closes it when it sees that there is nothing more to read.
    shutdown(static_cast<int>(connection.id()), SHUT_RDWR);
  }
}

}  // namespace bennu
