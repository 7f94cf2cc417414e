#pragma once

#include <chrono>
#include <cstddef>
#include <deque>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include <bennu/channels/testing/internal/client_line.hpp>
#include <bennu/channels/testing/internal/schedule.hpp>
#include <bennu/runtime/event_loop.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/transport/connection.hpp>
#include <bennu/transport/outbox.hpp>
#include <bennu/transport/socket_route.hpp>

namespace bennu::testing {

/// A connection without a network: what both ends say takes the schedule's time to arrive, in order in each direction.
/// It keeps the limits, the idle timeout and the closing rules of a WebSocket.
class memory_connection final : public connection, public client_line {
public:
  /// @param home the loop that the server's end lives on
  /// @param client must live until `cut`, or until this is gone
  static std::shared_ptr<client_line> open(std::shared_ptr<schedule> when, event_loop& home, const limits& of,
                                           accepted_socket& accepted, listener& client);
  memory_connection(std::shared_ptr<schedule> when, event_loop& home, const limits& of, listener& client);
  ~memory_connection() override;

  // the server
  void send(ref<const frame> what) override;
  std::size_t send(ref<const frame> what, const overflow& at_limit) override;
  void pause(bool wanted) override;
  void close(close_code code, exit_reason::kind why) override;

  // the client
  const connection& server_end() const noexcept override { return *this; }
  void write(message_kind kind, std::string bytes) override;
  void hang_up(close_code code) override;
  void read(bool wanted) override;
  void cut() override;
  void abandon() override;
  void end() override { cut(); }
  void stall() override;

private:
  struct said {
    message_kind kind;
    std::string bytes;
  };

  /// One of the things that take their time.
  class part final : public schedule::stepper {
  public:
    using check = bool (memory_connection::*)() const;
    using action = void (memory_connection::*)();
    enum class place { arrival, turn_end };

    part(place where, memory_connection& owner, check ready, action step) noexcept
        : stepper(where == place::arrival ? turn::before_threads : turn::after_threads),
          owner_(owner),
          ready_(ready),
          step_(step) {}
    bool ready() const override { return !owner_.abandoned_ && (owner_.*ready_)(); }
    void step() override {
      const ref<memory_connection> alive{&owner_};
      const event_loop::scope there{*owner_.home()};
      (owner_.*step_)();
      owner_.schedule_->update(*this);
    }

  private:
    memory_connection& owner_;
    check ready_;
    action step_;
  };

  bool can_hear() const { return !inbox_.empty() && (!paused_ || closing_); }
  void hear();
  bool can_arrive() const { return reading_ && (!outbox_.empty() || closes_with_); }
  void arrive();
  bool can_end() const { return why_.has_value(); }
  void tell_end();

  void close_if_full(close_code code);
  void begin_closing(close_code code, exit_reason::kind why);
  void watch_idleness();
  void lose_all();

  std::shared_ptr<schedule> schedule_;
  const limits limits_;
  listener* client_;
  std::unique_ptr<connection_handler> handler_;
  std::deque<std::variant<said, close_code>> inbox_;
  outbox outbox_;
  std::optional<close_code> closes_with_;  ///< behind what is in the outbox
  std::optional<exit_reason::kind> why_;
  schedule::duration last_input_;
  bool reading_ = true;
  bool closing_ = false;
  bool abandoned_ = false;
  bool paused_ = false;
  bool shed_ = false;

  part hearing_{part::place::arrival, *this, &memory_connection::can_hear, &memory_connection::hear};
  part arriving_{part::place::arrival, *this, &memory_connection::can_arrive, &memory_connection::arrive};
  part ending_{part::place::turn_end, *this, &memory_connection::can_end, &memory_connection::tell_end};
};

}  // namespace bennu::testing
