#pragma once

#include <atomic>
#include <cstdint>
#include <string>
#include <vector>

#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/replaceable.hpp>
#include <bennu/transport/http_response.hpp>
#include <bennu/transport/http_routes.hpp>

namespace bennu {

/// The health of a server, as answers for balancers and supervisors: 200, or 503 with the reason, both as JSON. Any
/// thread may call.
class health {
public:
  enum class stage : std::uint8_t { starting, serving, ending };

  /// @param loops of the I/O threads. They must outlive the object, and so must `limits`
  health(std::vector<const event_loop*> loops, const replaceable<limits>& limits, logger log);

  void set(stage next) noexcept { stage_ = next; }

  /// 503 if an I/O thread has been occupied for longer than `limits::loop_stall_timeout`: the process should be killed.
  http_response live() const;
  /// 200 while the server accepts clients and is not about to end.
  http_response ready() const;
  /// 200 once the server has started.
  http_response started() const;

  /// Answers GET requests for PREFIX/live, PREFIX/ready and PREFIX/started. The object must outlive the routes.
  void serve(http_routes& routes, const std::string& prefix) const;

private:
  std::vector<const event_loop*> loops_;
  const replaceable<limits>& limits_;
  logger log_;
  std::atomic<stage> stage_ = stage::starting;
};

}  // namespace bennu
