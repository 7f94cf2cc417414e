#pragma once

#include <optional>
#include <ostream>
#include <string>

#include <bennu/channels/outcome.hpp>
#include <bennu/pubsub/broadcast.hpp>
#include <bennu/runtime/payload.hpp>

namespace bennu {

namespace testing {

/// An event as a client receives it, whether it was pushed or broadcast.
struct push {
  std::string topic;
  std::string event;
  bennu::payload payload;
  friend bool operator==(const push&, const push&) = default;
};

/// Names a push that a client made, so that its reply can be found.
struct push_ref {
  std::string value;
};

/// Bytes as a test prints them: `<3 bytes: 01 02 ff>`, the end left out where there are many.
std::string readable(const binary& bytes);

std::ostream& operator<<(std::ostream& out, const push& what);

}  // namespace testing

// What test frameworks print values with, found where the types live.
std::ostream& operator<<(std::ostream& out, const json& what);
std::ostream& operator<<(std::ostream& out, const payload& what);
std::ostream& operator<<(std::ostream& out, const reply_t& what);
std::ostream& operator<<(std::ostream& out, const std::optional<reply_t>& what);  // or "nothing"
std::ostream& operator<<(std::ostream& out, const exit_reason& what);
std::ostream& operator<<(std::ostream& out, const broadcast& what);

}  // namespace bennu
