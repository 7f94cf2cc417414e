#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include <bennu/transport/internal/long_poll_body.hpp>

namespace bennu {

/// A client's request to a session.
struct long_poll_question {
  std::string path;                                 ///< path of the request's mount
  std::string token;                                ///< token of the session
  std::optional<std::vector<posted_message>> post;  ///< the client's messages; empty for a poll
};

/// The body that answers a question.
long_poll_answer_body answer_to(const long_poll_question& question, long_poll_status status,
                                std::span<const ref<const frame>> messages = {});

/// The answer if a node does not answer in time: the client asks again.
long_poll_status status_at_timeout(const long_poll_question& question);

}  // namespace bennu
