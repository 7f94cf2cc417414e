#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <bennu/pubsub/interest.hpp>
#include <bennu/pubsub/node.hpp>

/// The messages that nodes send each other, as bytes. Numbers are little-endian; a text is its length in 4 bytes and
/// itself.
namespace bennu {

/// The address of a node.
struct node_address {
  std::string host;
  std::uint16_t port = 0;

  friend auto operator<=>(const node_address&, const node_address&) = default;
};

/// `host:port`, or `[host]:port` for an IPv6 address.
std::string to_string(const node_address& address);
/// Nothing if it is neither of these.
std::optional<node_address> parse_node_address(std::string_view text);

/// A node, as another node announces it.
struct known_node {
  std::string name;
  node_address address;
};

/// The purpose of a connection between two nodes.
enum class hello_purpose : std::uint8_t {
  link,    ///< batches of records
  actors,  ///< messages between actors, in CAF's protocol
};

/// The first message of a node that dials another one, and in the same form the other one's welcome:
///
///     "bennu", version of this format (2 bytes), `h` or for the welcome `w`
///     purpose (1)
///     name, incarnation (8), host (empty: the one that its connection comes from), port (2)
///     nodes that are up: their number (4); name, host, port of each (port 0: the node cannot be dialed)
struct node_hello {
  node_id self;
  node_address address;
  std::vector<known_node> others;
  hello_purpose purpose = hello_purpose::link;
};

/// The reason why a node refuses another one.
enum class refusal_reason : std::uint8_t {
  version,            ///< the node uses another version of this format
  connected_already,  ///< the nodes have a link
  superseded,         ///< a newer incarnation has that name
  this_node,          ///< the dialing node has reached itself
  name_in_use,        ///< the dialed node has that name
  too_many,           ///< the node knows the maximum number of nodes
  leaving,            ///< the node leaves
  not_linked,         ///< a connection for actors requires a link first
};

/// The other answer to a hello, the same in all versions of this format:
///
///     "bennu", version of this format (2 bytes), `r`, reason (1), text
struct node_refusal {
  refusal_reason reason = refusal_reason::version;
  std::string text;  ///< for a person to read; may be empty
};

enum class hello_error : std::uint8_t { malformed, other_version };

std::string encode(const node_hello& hello);
std::string encode_welcome(const node_hello& hello);
std::string encode(const node_refusal& refusal);

std::variant<node_hello, hello_error> decode_node_hello(std::string_view bytes);
std::variant<node_hello, node_refusal, hello_error> decode_hello_answer(std::string_view bytes);

/// True if a node may have this name: 1 to 255 printable characters of ASCII, no spaces.
bool is_node_name(std::string_view name) noexcept;

/// After the hellos, nodes send each other batches of records. Each has one byte for its kind.
///
///     m  message: its length (4), and itself
///     w  the interest of the node: number of the last change to it (8), a bit for each bucket
///     c  changes of its interest: number of the last one (8), the size of the rest in bytes (4), then each change (4):
///        bucket * 2, plus 1 if interest has begun
///     a  confirmed: since the link began, bytes of messages (8), messages (8), number of the last change that was
///        taken up (8)
///     n  a node that is up: name, host, port (2)
///     d  messages to the node were dropped
///     l  this node leaves
struct record_message {
  std::string_view bytes;
};
struct record_interest {
  std::uint64_t number;
  std::string_view bits;  ///< of `interest_map::bytes`
};
struct record_interest_changes {
  std::uint64_t number;
  std::string_view changes;
};
struct record_confirmed {
  std::uint64_t bytes;
  std::uint64_t messages;
  std::uint64_t change;
};
struct record_node {
  known_node node;
};
struct record_dropped {};
struct record_leave {};

void append(std::string& batch, const record_message& record);
void append(std::string& batch, const record_interest& record);
void append(std::string& batch, std::uint64_t number, const std::vector<std::uint32_t>& changes);
void append(std::string& batch, const record_confirmed& record);
void append(std::string& batch, const record_node& record);
void append(std::string& batch, const record_dropped& record);
void append(std::string& batch, const record_leave& record);

/// Receives the records of a batch, in order.
class batch_reader {
public:
  virtual void on(const record_message& record) = 0;
  virtual void on(const record_interest& record) = 0;
  virtual void on(const record_interest_changes& record) = 0;
  virtual void on(const record_confirmed& record) = 0;
  virtual void on(const record_node& record) = 0;
  virtual void on(const record_dropped& record) = 0;
  virtual void on(const record_leave& record) = 0;

  /// @returns false if the batch is malformed; the records before the fault were processed
  bool read(std::string_view batch);

protected:
  ~batch_reader() = default;
};

}  // namespace bennu
