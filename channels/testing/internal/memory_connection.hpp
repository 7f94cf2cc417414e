#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
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

/// A connection without a network: messages arrive when the schedule decides, in order in each direction. It has the
/// idle timeout, the closing rules and the outbox of a WebSocket.
class memory_connection final : public connection, public client_line {
public:
  /// @param home the loop of the server's end
  /// @param client must live until `cut`, or until this is destroyed
  static std::shared_ptr<client_line> open(std::shared_ptr<schedule> when, event_loop& home, const limits& of,
                                           accepted_socket& accepted, listener& client);
  memory_connection(std::shared_ptr<schedule> when, event_loop& home, const limits& of, listener& client);
  ~memory_connection() override;

  // the server
  using connection::send;
  std::size_t send(ref<const frame> message, const overflow& rule) override;
  bool has_room() override { return outbox_.has_room(); }
  void await_sent() override { outbox_.await_empty(); }
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
  /// The stage of the server's end.
  enum class life : std::uint8_t {
    open,
    paused,  ///< the client's messages wait
    closing  ///< nothing more is sent, and the client's messages are dropped
  };

  struct client_message {
    message_kind kind;
    std::string bytes;
  };

  /// A step of the schedule.
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

  bool can_receive() const { return !inbox_.empty() && life_ != life::paused; }
  void receive();
  bool can_arrive() const { return client_reads_ && (!outbox_.empty() || closes_with_); }
  void arrive();
  bool can_end() const { return why_.has_value(); }
  void notify_closed();

  void begin_closing(close_code code, exit_reason::kind why);
  void watch_idleness();
  void lose_all();

  std::shared_ptr<schedule> schedule_;
  const limits limits_;
  listener* client_;
  std::unique_ptr<connection_handler> handler_;
  std::deque<std::variant<client_message, close_code>> inbox_;
  outbox outbox_;
  std::optional<close_code> closes_with_;  ///< sent after the messages of the outbox
  std::optional<exit_reason::kind> why_;
  schedule::duration last_input_;
  life life_ = life::open;
  bool client_reads_ = true;
  bool abandoned_ = false;  ///< the server has crashed

  part receiving_{part::place::arrival, *this, &memory_connection::can_receive, &memory_connection::receive};
  part arriving_{part::place::arrival, *this, &memory_connection::can_arrive, &memory_connection::arrive};
  part ending_{part::place::turn_end, *this, &memory_connection::can_end, &memory_connection::notify_closed};
};

}  // namespace bennu::testing
