#pragma once

#include <memory>

#include <bennu/transport/connection.hpp>
#include <bennu/transport/http_response.hpp>

namespace bennu {

/// A client that reads server-sent events (HTML Standard, section 9.2), from the view of its socket. It sends nothing.
///
/// Messages are `frame::control` frames, each with the text of complete events. The first one begins the answer to the
/// client's request, so it may come at any time, within `limits::response_timeout` and the times for joins. `close`
/// ends the answer in order, after which an EventSource connects again.
class event_stream : public connection {
public:
  using connection::connection;

  /// Answers the request with `answer` instead of a stream, and closes. Only before the first message. Home thread
  /// only.
  virtual void refuse(http_response answer) = 0;
};

/// A client that may follow an event stream, and does not yet.
class accepted_event_stream {
public:
  virtual ~accepted_event_stream() = default;

  /// Called once, on the connection's home thread. @returns the handler, which gets no messages
  virtual std::unique_ptr<connection_handler> open(const ref<event_stream>& to) = 0;
};

}  // namespace bennu
