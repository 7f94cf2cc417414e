#include <bennu/transport/internal/io_shard.hpp>

#include <bennu/runtime/tls/tls_stream.hpp>
#include <bennu/transport/internal/stream.hpp>

namespace bennu {

void io_shard::count_failure(const stream& of) {
  if (of.tls() != nullptr && !of.tls()->failure().empty()) counts.add(metric::tls_failures);
}

}  // namespace bennu
