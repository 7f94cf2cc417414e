#include <algorithm>
#include <string>

#include <bennu/channels/internal/event_stream_join.hpp>
#include <bennu/channels/internal/server_sent_events.hpp>
#include <bennu/runtime/limits.hpp>
#include <bennu/transport/query.hpp>

#include "../fuzz.hpp"

namespace {

/// Checks that an event has its own lines and no others, whatever the texts are that a client has chosen.
void check_lines(const bennu::ref<const bennu::frame>& made, std::ptrdiff_t lines) {
  const auto text = made->wire();
  require(std::count(text.begin(), text.end(), '\n') == lines,
          "each field is one line, and an empty one ends the event");
  require(text.ends_with("\n\n"), "an empty line ends the event");
  require(text.find('\r') == std::string_view::npos && text.find('\0') == std::string_view::npos, "no other line ends");
}

}  // namespace

/// A request for server-sent events: the join in its query, and events with the client's texts.
void try_input(std::string_view input) {
  const bennu::limits limits{};
  const bool continues = (take_byte(input) & 1) != 0;
  const auto params = bennu::parse_query(input, {limits.max_query_parameters, limits.max_query_depth});
  if (!params) return;
  auto join = bennu::event_stream_join(*params);
  if (!join) return;
  bennu::ask_for_history(*join, continues ? std::optional{std::string{input}} : std::nullopt);
  const auto* history = join->payload.as_json().find("history");
  require(history != nullptr, "the join of a topic with history asks for it");
  require(!continues || (*history)["since"] == bennu::json{std::string{input}}, "Last-Event-ID wins");

  const bennu::server_sent_events wire{2};
  check_lines(wire.reply({join->join_ref, join->ref, join->topic, "ok", join->payload, nullptr, "@a"}), 4);
  const auto sent = wire.broadcast({"log:1", join->topic, join->payload}, "@a");
  require((sent == nullptr) != wire.can_name(join->topic), "an event that can be named can be sent");
  if (sent != nullptr) check_lines(sent, join->topic == "$position" ? 2 : 4);
}
