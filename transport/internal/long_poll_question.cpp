#include <bennu/transport/internal/long_poll_question.hpp>

namespace bennu {

long_poll_answer_body answer_to(const long_poll_question& question, long_poll_status status,
                                std::span<const ref<const frame>> messages) {
  return question.post ? long_poll_answer(status) : long_poll_answer(status, question.token, messages);
}

long_poll_status status_at_timeout(const long_poll_question& question) {
  return question.post ? long_poll_status::timed_out : long_poll_status::no_content;
}

}  // namespace bennu
