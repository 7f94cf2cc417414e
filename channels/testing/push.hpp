#pragma once

#include <optional>
#include <ostream>
#include <string>

#include <bennu/channels/outcome.hpp>
#include <bennu/pubsub/broadcast.hpp>
#include <bennu/runtime/payload.hpp>

namespace bennu {

namespace testing {

/// An event that a client received, either pushed or broadcast.
struct push {
  std::string topic;
  std::string event;
  bennu::payload payload;
  friend bool operator==(const push&, const push&) = default;
};

/// Names a client's push, to find its reply.
struct push_ref {
  std::string value;
};

/// Bytes for printing in a test: `<3 bytes: 01 02 ff>`, without the end if there are many.
std::string readable(const binary& bytes);

std::ostream& operator<<(std::ostream& out, const push& value);

}  // namespace testing

// Test frameworks print values with these. They are in the namespace of the types, so that lookup finds them.
std::ostream& operator<<(std::ostream& out, const json& value);
std::ostream& operator<<(std::ostream& out, const payload& value);
std::ostream& operator<<(std::ostream& out, const reply_t& value);
std::ostream& operator<<(std::ostream& out, const std::optional<reply_t>& value);  // prints "nothing" if empty
std::ostream& operator<<(std::ostream& out, const exit_reason& value);
std::ostream& operator<<(std::ostream& out, const broadcast& value);

}  // namespace bennu
