#pragma once

#include <stdexcept>

#include <bennu/channels/serializer.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/runtime/utf8.hpp>

#include "fuzz.hpp"

/// Checks every message that a serializer reads, and every frame that it writes in answer.
inline void check_decoded(const bennu::serializer& wire, bennu::message_kind kind, std::string_view bytes) {
  bennu::message m;
  if (const auto no = wire.decode(kind, bytes, bennu::limits{}.max_json_depth, m)) {
    return require(!no->why.empty(), "malformed for a reason");
  }
  require(bennu::is_valid_utf8(m.topic) && bennu::is_valid_utf8(m.event), "topics and events are UTF-8");
  const auto check_frame = [](const bennu::ref<const bennu::frame>& made) {
    if (made->kind() == bennu::message_kind::text) require(bennu::is_valid_utf8(made->payload()), "texts are UTF-8");
  };
  try {
    check_frame(wire.reply({m.join_ref, m.ref, m.topic, "ok", m.payload, m.odd_topic ? &*m.odd_topic : nullptr}));
    check_frame(wire.push(m.join_ref, m.topic, m.event, m.payload));
    check_frame(wire.broadcast({m.topic, m.event, m.payload}));
    check_frame(wire.ended(m.join_ref, m.topic, "phx_close", {}));
  } catch (const std::invalid_argument&) {
    // The format cannot express it.
  }
}
