#pragma once

#include <chrono>
#include <cstddef>

namespace bennu {

/// The limits of a Bennu server, each with its unit, its default, and its effect when it is reached.
///
/// One object of this type belongs to an endpoint. A socket route may have its own copy. They are read-only once the
/// server runs.
struct limits {
  // -- connections ----------------------------------------------------------------------------------------------------

  /// Connections of one node, of all transports together. A further one is accepted and closed at once.
  std::size_t max_connections = 1'000'000;

  /// Connections from one IPv4 address, or from one IPv6 network of 64 bits. A further one is accepted and closed at
  /// once.
  std::size_t max_connections_per_address = 10'000;

  /// Connections to the listener for operators (`config::admin`), which do not count above. A further one is accepted
  /// and closed at once.
  std::size_t max_admin_connections = 64;

  /// Bytes of a request's line and headers. A larger request is answered with 431. The limit also holds for the bytes
  /// of a chunk's size, and of trailers; larger ones are answered with 400. Proxies pass on up to 32 KB of headers, and
  /// add some of their own.
  std::size_t max_request_header_bytes = 40 * 1024;

  /// Header fields of a request. A request with more is answered with 431.
  std::size_t max_request_headers = 256;

  /// Bytes of a request's body (long poll). A larger one is answered with 400, as in Phoenix.
  std::size_t max_request_body_bytes = 8'000'000;

  /// Time from accept to the end of the TLS handshake, with TLS. After it the connection is closed.
  std::chrono::milliseconds tls_handshake_timeout{10'000};

  /// Bytes of ciphertext that wait because the client makes TLS send answers, such as those to a change of keys, and
  /// reads nothing. If more wait, the connection is closed. The limit must be above 64 KB, which one write of the
  /// server may leave.
  std::size_t max_tls_unsent_bytes = 128 * 1024;

  /// Changes of keys in one TLS connection. After more, it is closed. Correct clients change keys once in many millions
  /// of records.
  std::size_t max_tls_key_changes = 1'000;

  /// Time from the first byte of a request to its last, and from accept to the first byte of the first request; also
  /// the time for which a client may read nothing of an answer. After it the connection is closed.
  std::chrono::milliseconds request_timeout{30'000};

  /// Time from the end of an answer to the first byte of the next request on the same connection. After it the
  /// connection is closed. Proxies that keep connections should close them first: nginx does so after 60 s.
  std::chrono::milliseconds keep_alive_timeout{75'000};

  /// Time for the answer of a program's handler. After it the client gets a 503, and the connection is closed. A long
  /// poll has this time in addition to the time for which it waits.
  std::chrono::milliseconds response_timeout{60'000};

  /// Parameters in a query string. A request with more is answered with 400.
  std::size_t max_query_parameters = 256;

  /// Nesting of parameters (`a[b][c]` has 3 levels). A request with deeper nesting is answered with 400.
  std::size_t max_query_depth = 16;

  // -- frames ---------------------------------------------------------------------------------------------------------

  /// Bytes of one WebSocket frame, header included. A larger one closes the connection with 1009.
  std::size_t max_frame_bytes = 2 * 1024 * 1024;

  /// Bytes of one message, after its frames were joined and inflated. A larger one closes the connection with 1009
  /// (long poll: is answered with 400).
  std::size_t max_message_bytes = 2 * 1024 * 1024;

  /// Nesting of arrays and objects in a frame. A deeper one is malformed, and closes the connection with 1011.
  std::size_t max_json_depth = 512;

  /// Time without a byte from the client, after which the connection is closed with 1001 (Phoenix: 60 s; its client
  /// sends a heartbeat every 30 s).
  std::chrono::milliseconds idle_timeout{60'000};

  /// Time for the peer to answer a close frame, after which the connection is cut.
  std::chrono::milliseconds close_timeout{5'000};

  // -- outgoing messages ----------------------------------------------------------------------------------------------

  /// Bytes that may wait for a slow client. If more would wait, messages of channels whose class allows it are dropped.
  std::size_t shed_outbox_bytes = 4 * 1024 * 1024;

  /// Messages that may wait for a slow client, with the same effect.
  std::size_t shed_outbox_messages = 1'024;

  /// Bytes that may wait for a slow client. More bytes close the connection with 1013 (try again later).
  std::size_t max_outbox_bytes = 8 * 1024 * 1024;

  /// Messages that may wait for a slow client. More messages close the connection with 1013.
  std::size_t max_outbox_messages = 64 * 1024;

  // -- channels -------------------------------------------------------------------------------------------------------

  /// Channels joined on one socket. A further join is answered with the error "too many channels joined".
  std::size_t max_channels_per_socket = 100;

  /// Bytes of a joined topic, which is kept as long as the channel lives. A longer one is answered with the error
  /// "topic too long".
  std::size_t max_topic_bytes = 1'024;

  /// Bytes of each of a join's references as JSON, without the quotes of a string, which are kept as long. A longer
  /// one is answered with the error "reference too long".
  std::size_t max_reference_bytes = 2'048;

  /// Time for the blocking job of a join. After it the join is answered with the error "join timeout", the messages
  /// that waited for it are handled, and the job's result is dropped. 0 disables the limit, as in Phoenix.
  std::chrono::milliseconds join_timeout{0};

  /// Joins of one socket that are in progress or wait for earlier ones. A further join is answered with the error
  /// "too many joins at once".
  std::size_t max_joins_in_flight = 128;

  /// Messages of one client that wait for joins in progress or for blocking jobs. At the limit its connection is not
  /// read any more, until half of them are handled. Messages that were already read wait too.
  std::size_t max_waiting_messages = 1'024;

  /// Bytes of such messages, as they were received. The effect is the same.
  std::size_t max_waiting_bytes = 1024 * 1024;

  /// Messages from other sources (intercepted broadcasts, timers, actors) that wait in one channel while it runs a
  /// blocking job. More messages crash the channel.
  std::size_t max_channel_backlog = 16 * 1024;

  /// Messages a second that a client may send, to all of its channels together; after a pause, as many at once as the
  /// burst. A further one is not handled: it is answered with the error "rate limited" and the time to wait as
  /// `retry_after`, in milliseconds, or dropped if it has no ref. A rate of 0 disables the limit.
  std::size_t max_socket_rate = 500;
  std::size_t max_socket_burst = 5'000;

  /// The same for the client's messages to one channel.
  std::size_t max_channel_rate = 200;
  std::size_t max_channel_burst = 2'000;

  /// Channels of one class that may crash on one socket within the period. Until some time has passed, further joins of
  /// the class are answered with the error "crashed too often" and the time to wait as `retry_after`, in milliseconds.
  std::size_t max_channel_crashes = 100;
  std::chrono::milliseconds channel_crash_period{60'000};

  /// Time that a callback of a channel may occupy its I/O thread, while all other channels there wait. A longer
  /// callback is counted, and logged with its class and event: use `blocking` for such work. 0 disables the check.
  std::chrono::milliseconds slow_callback{100};

  /// Threads for jobs that channels return with `blocking`. Further jobs wait for a free one, in order.
  std::size_t max_blocking_threads = 64;

  /// Jobs of one socket that run on such threads or wait for one. Further jobs of the socket wait until earlier ones
  /// are done, so that one client cannot occupy all threads. At least 1.
  std::size_t max_jobs_per_socket = 8;

  /// Jobs that no thread has begun, of all sockets together, including those that are gone. The channel of a further
  /// job ends with the error `overloaded`.
  std::size_t max_waiting_jobs = 16 * 1024;

  // -- history --------------------------------------------------------------------------------------------------------

  /// Bytes of memory of the histories of all topics of a node. Beyond them, the messages of the topics that were not
  /// used for the longest time are dropped.
  std::size_t max_history_bytes = 256 * 1024 * 1024;

  /// Messages that one join gets from the history of its topic. If it has missed more, it gets the newest, and is told.
  std::size_t max_replayed_messages = 1'000;

  // -- idempotent pushes ----------------------------------------------------------------------------------------------

  /// Producers of idempotent pushes that a node remembers, about 150 bytes each. Beyond them, the one that was silent
  /// for the longest time is forgotten.
  std::size_t max_producers = 100'000;

  // -- long poll ------------------------------------------------------------------------------------------------------

  /// Time for which a poll waits for messages (Phoenix: 10 s). A session that receives no request for 1.5 times as long
  /// ends.
  std::chrono::milliseconds long_poll_window{10'000};

  /// Messages that are taken from one batch. The others are ignored, as in Phoenix 1.8.9 and later.
  std::size_t max_long_poll_batch = 100;

  /// Bytes of the messages in the answer to one poll, before they are quoted as JSON; a single message may be larger.
  /// The rest comes with the next poll.
  std::size_t max_poll_answer_bytes = 256 * 1024;

  /// Answers with messages a second to the polls of one session; after a pause, as many at once. A further one is
  /// delayed, and may have more messages then. 0 disables the limit.
  std::size_t max_poll_rate = 50;

  /// POSTs of one session that wait to be handled, because its socket has paused the connection or a join is under way.
  /// A further one is answered with status 429.
  std::size_t max_waiting_posts = 128;

  /// Bytes of the messages of such POSTs. A POST that exceeds the limit together with waiting ones is answered with
  /// status 429.
  std::size_t max_waiting_post_bytes = 8 * 1024 * 1024;

  // -- server-sent events ---------------------------------------------------------------------------------------------

  /// Time between two comments in a stream of server-sent events. They keep proxies from ending a quiet connection, and
  /// show if the client still exists: one whose system confirms nothing for `request_timeout` is gone.
  std::chrono::milliseconds event_stream_comment_interval{15'000};

  // -- other nodes ----------------------------------------------------------------------------------------------------

  /// Other nodes that one node knows of. A further one is refused.
  std::size_t max_nodes = 256;

  /// Bytes that may wait for another node. Messages beyond are dropped, and counted.
  std::size_t max_node_outbox_bytes = 64 * 1024 * 1024;

  /// Messages that may wait for another node. Those beyond are dropped, and counted.
  std::size_t max_node_outbox_messages = 1024 * 1024;

  /// Bytes that were sent to another node and that it has not acknowledged. Further messages wait. On a slow link the
  /// window is smaller, so that the bytes on their way arrive within some seconds.
  std::size_t max_node_window_bytes = 4 * 1024 * 1024;

  /// Time for which a message may wait for another node. After it the message is dropped, and counted. So a link that
  /// is too slow loses messages, but does not make all of them late.
  std::chrono::milliseconds max_node_lag{30'000};

  /// Time without a byte from another node, after which the node counts as lost. Each node sends something four times
  /// in this time.
  std::chrono::milliseconds node_timeout{4'000};

  /// Time for a node that is dialed to accept the connection, and the same time again to name itself.
  std::chrono::milliseconds node_connect_timeout{3'000};

  /// The longest pause between two attempts to reach a node. The first ones come sooner.
  std::chrono::milliseconds node_retry_interval{10'000};

  /// Time for which a node that starts waits until it has dialed its seeds, and the nodes that they know, before it
  /// accepts clients.
  std::chrono::milliseconds node_join_timeout{3'000};

  /// Time after which a lost node is no longer searched for, unless it is a seed.
  std::chrono::milliseconds node_forget_time{3'600'000};

  /// Time for which the first join of a topic on this node waits until the other nodes know that it wants the topic's
  /// broadcasts. Their broadcasts before they know do not arrive.
  std::chrono::milliseconds node_interest_timeout{1'000};

  /// Time for a node that leaves to send the messages that wait for other nodes.
  std::chrono::milliseconds node_leave_timeout{2'000};

  /// Connections to the cluster port that have not yet proved that they belong to the cluster. A further one closes the
  /// oldest.
  union {
    std::size_t max_node_unauthenticated = 64;
    [[deprecated("use max_node_unauthenticated")]] std::size_t max_node_strangers;  ///< the old name, until 0.3
  };

  /// Time for such a connection, from accept, to prove it and to name its node. After it the connection is closed.
  std::chrono::milliseconds node_handshake_timeout{10'000};

  /// Bytes of one message to other nodes through Redis. A larger one is dropped, and counted; if a larger one is
  /// received, the connection ends. By default, Redis itself ends the connection of a subscriber for which 32 MB wait.
  std::size_t max_redis_message_bytes = 16 * 1024 * 1024;

  // -- HTTP API -------------------------------------------------------------------------------------------------------

  /// Requests of the HTTP API with a wrong secret that are answered with 401 a second; after a pause, as many at once.
  /// A further one is answered with 429, a second later. 0 disables the limit.
  std::size_t max_wrong_key_rate = 10;

  /// Messages of one request for several broadcasts. A request with more is answered with 413.
  std::size_t max_api_broadcasts = 1'000;

  /// Idempotency keys that a node remembers of each key of the HTTP API, about 200 bytes each, for five minutes. A
  /// further one is answered with 503.
  std::size_t max_idempotency_keys = 100'000;

  /// Time for another node to answer a question about its sockets and topics. After it the list is given without that
  /// node, and names it.
  std::chrono::milliseconds node_answer_timeout{2'000};

  // -- logs -----------------------------------------------------------------------------------------------------------

  /// Bytes of log lines that may wait for standard error. Further lines are lost; their number is logged and counted.
  std::size_t max_log_waiting_bytes = 1024 * 1024;

  /// Bytes of log lines a second; after a pause, as many at once. Further lines are lost; their number is logged and
  /// counted. 0 disables the limit.
  std::size_t max_log_rate = 1024 * 1024;

  // -- health and ending ----------------------------------------------------------------------------------------------

  /// Time for one turn of an I/O thread's loop, in which callbacks run. After it, `GET /health/live` answers 503.
  std::chrono::milliseconds loop_stall_timeout{30'000};

  /// Time from SIGINT or SIGTERM, after which `GET /health/ready` answers 503, until the server accepts no more
  /// connections. In it, a balancer notices and sends new clients elsewhere.
  std::chrono::milliseconds shutdown_delay{0};

  /// Connections that are closed at once when the server drains, and the pause after each batch.
  std::size_t drain_batch_size = 10'000;
  std::chrono::milliseconds drain_batch_interval{2'000};

  /// Time after which the server ends even if an actor or a connection does not.
  std::chrono::milliseconds shutdown_timeout{30'000};
};

}  // namespace bennu
