#pragma once

#include <chrono>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <bennu/pubsub/internal/host_gate.hpp>
#include <bennu/pubsub/internal/link_format.hpp>
#include <bennu/pubsub/internal/peers.hpp>
#include <bennu/pubsub/node.hpp>
#include <bennu/pubsub/redis_adapter/internal/redis_format.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/log.hpp>

namespace bennu {

/// Links to other nodes over something that carries messages and may lose them, such as Redis's channels: who is there,
/// and what each end says when. It has neither clock nor socket. One thread.
///
/// Redis tells nobody what it lost. So a link has a number, and so has each batch sent over it: where one is missing,
/// the link has ended, and the next one begins. Of two nodes the one with the lesser name *leads*: it gives links their
/// numbers, each greater than the last, and begins them when it hears that the other node is there. The other one
/// answers the first batch of a link with its own; where it gets a later one of a link that it does not have, it says
/// so with a reset. What belongs to an earlier link is ignored on both sides.
class redis_links final : private batch_reader {
public:
  using clock = std::chrono::steady_clock;

  /// The way to other nodes.
  class outlet {
  public:
    virtual void send_to_all(std::string_view what) = 0;
    virtual void send_to(const std::string& node, std::string_view what) = 0;
    /// Whether so much waits to be sent that nothing should be added: `flush_all` is to be called afterwards.
    virtual bool is_full() const = 0;
    /// Has `flush` called for a node, soon and on this thread. Any thread may call.
    virtual void flush_soon(const std::string& node) = 0;

  protected:
    ~outlet() = default;
  };

  /// All of them outlive this.
  redis_links(const node_id& self, const limits& l, const logger& log, peers& others, host_gate& host, outlet& out);

  // -- the way to other nodes -----------------------------------------------------------------------------------------

  /// It is open: from now on messages may be sent and heard.
  void connected(clock::time_point now);
  /// It is closed. What was on its way may be lost, so all links end.
  void disconnected();
  /// A message came. This node hears what it sends to all itself.
  void heard(std::string_view what, clock::time_point now);
  /// What was sent to a node went to nobody.
  void nobody_heard(const std::string& node);
  /// When this node last heard itself, or began to wait for that.
  clock::time_point heard_itself() const noexcept { return heard_itself_; }

  // -- from time to time ----------------------------------------------------------------------------------------------

  /// To be called a few times a second.
  void tick(clock::time_point now);
  /// Sends what waits for a node, as far as the outlet takes it.
  void flush(const std::string& node);
  void flush_all();

  /// Says goodbye once all that waits was sent.
  void leave();
  /// Whether it has been said.
  bool has_left() const noexcept { return life_ == life::left; }

private:
  enum class stage : std::uint8_t { closed, opening, up };
  enum class life : std::uint8_t { running, leaving, left };

  /// What is known of one other node.
  struct place {
    std::uint64_t run = 0;
    stage at = stage::closed;
    std::uint64_t link = 0;      ///< the last one that was begun
    std::uint64_t next_out = 0;  ///< number of the next batch
    std::uint64_t next_in = 0;
    clock::time_point opened;
    clock::time_point heard;
  };

  void on_hello(const redis_hello& m, clock::time_point now);
  void on_batch(const redis_batch& m, clock::time_point now);
  void on_reset(const redis_reset& m);
  bool is_of_link(const redis_batch& m, place& p, clock::time_point now);
  void take_records(const redis_batch& m, place& p);

  place* meet(const node_id& who, clock::time_point now);
  bool leads(const std::string& other) const noexcept { return self_.name < other; }
  void open(const std::string& name, place& p, clock::time_point now);
  void close(const std::string& name, place& p, std::string_view why);
  void give_up(const std::string& name, place& p, std::string_view why);
  void forget(const std::string& name);
  void look_at(const std::string& name, place& p, clock::time_point now);
  void end_if_all_left();

  void on(const record_message& what) override;
  void on(const record_wants& what) override;
  void on(const record_changes& what) override;
  void on(const record_confirmed& what) override;
  void on(const record_node&) override {}
  void on(const record_leave&) override { left_ = true; }

  const node_id& self_;
  const limits& limits_;
  const logger& log_;
  peers& others_;
  host_gate& host_;
  outlet& out_;

  std::map<std::string, place> places_;  ///< by the node's name
  bool connected_ = false;
  life life_ = life::running;
  clock::time_point heard_itself_;
  clock::time_point next_beat_;

  // Of the batch that is being read:
  node_id from_;
  place* place_ = nullptr;
  std::size_t messages_ = 0;
  std::size_t message_bytes_ = 0;
  bool left_ = false;
};

}  // namespace bennu
