#pragma once

#include <cstdint>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include <bennu/channels/testing/internal/client_line.hpp>
#include <bennu/channels/testing/internal/schedule.hpp>
#include <bennu/runtime/actor_host.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>
#include <bennu/runtime/metrics.hpp>
#include <bennu/transport/internal/long_poll_connection.hpp>
#include <bennu/transport/internal/long_poll_request.hpp>
#include <bennu/transport/socket_route.hpp>

#include <caf/actor.hpp>

namespace bennu::testing {

/// A client that polls (assets/js/phoenix/longpoll.js), and its session, which is the class of production. They
/// exchange the bodies of HTTP requests and answers, which arrive when the schedule decides: one poll and one POST may
/// be under way at the same time, and may overtake each other.
///
/// A server notices the loss of such a client only after 1.5 times `limits::long_poll_window`.
class long_poll_line final : public client_line, public std::enable_shared_from_this<long_poll_line> {
public:
  /// The server's objects for the session.
  struct server {
    actor_host& home;
    const bennu::limits& limits;
    metrics& counts;
    logger log;
  };

  /// @param client must live until `cut`, `close` or `end`
  static std::shared_ptr<client_line> open(std::shared_ptr<schedule> when, const server& at, accepted_socket& accepted,
                                           listener& client);
  long_poll_line(std::shared_ptr<schedule> when, const server& at, listener& client);
  ~long_poll_line() override;

  const connection& server_end() const noexcept override { return *connection_; }
  void write(message_kind kind, std::string bytes) override;
  void hang_up(close_code code) override;
  void read(bool wanted) override;
  void cut() override;
  void abandon() override;
  void end() override;
  void stall() override;

private:
  /// A request on its way to the server, and its answer on the way back.
  class exchange final : public schedule::stepper {
  public:
    /// @param arrive called when the request is at the server, which has to answer it
    /// @param receive called when the answer is at the client
    exchange(long_poll_line& owner, std::function<void(ref<long_poll_request>)> arrive,
             std::function<void(std::string_view body)> receive);
    ~exchange() override { owner_.schedule_->forget(*this); }

    bool is_idle() const noexcept { return at_ == stage::idle; }
    void begin();
    void lose();

    bool ready() const override;
    void step() override;

  private:
    enum class stage : std::uint8_t { idle, to_server, at_server, to_client, lost };

    void answer(std::string body, std::function<void(bool)> on_delivered);

    long_poll_line& owner_;
    std::function<void(ref<long_poll_request>)> arrive_;
    std::function<void(std::string_view)> receive_;
    stage at_ = stage::idle;
    std::string body_;
    std::function<void(bool)> on_delivered_;
  };

  void poll();
  void post();
  void receive_poll(std::string_view body);
  void receive_post(std::string_view body);
  void finish(std::optional<close_code> code);

  std::shared_ptr<schedule> schedule_;
  server server_;
  listener* client_;
  ref<long_poll_connection> connection_;
  caf::actor session_;
  std::deque<posted_message> batch_;  ///< messages of the next POST
  std::string posted_;
  std::string_view posted_as_;  ///< content type of the batch
  bool reading_ = true;
  bool abandoned_ = false;

  exchange poll_;
  exchange post_;
};

}  // namespace bennu::testing
