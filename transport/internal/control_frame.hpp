#pragma once

#include <string_view>

#include <bennu/transport/frame.hpp>
#include <bennu/transport/internal/websocket_framing.hpp>

namespace bennu {

/// A ping, pong or close frame. @param payload at most `max_control_payload_size` bytes
inline ref<const frame> control_frame(websocket_opcode opcode, std::string_view payload) {
  char wire[max_server_header_size + max_control_payload_size];
  const auto n = write_frame_header(wire, opcode, true, false, payload.size());
  payload.copy(wire + n, payload.size());
  return frame::control({wire, n + payload.size()});
}

}  // namespace bennu
