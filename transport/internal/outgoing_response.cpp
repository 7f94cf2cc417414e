#include <bennu/transport/internal/outgoing_response.hpp>

#include <cerrno>
#include <string_view>

namespace bennu {

outgoing_response::result outgoing_response::write_to(stream& client) {
  while (written_ < bytes_.size()) {
    const auto n = client.write(std::string_view{bytes_}.substr(written_));
    if (n < 0 && errno == EAGAIN) return result::blocked;
    if (n < 0 && errno != EINTR) return result::failed;
    if (n > 0) written_ += static_cast<std::size_t>(n);
  }
  bytes_ = {};
  written_ = 0;
  if (const auto of_file = write_file_to(client); of_file != result::sent) return of_file;
  return client.flush() ? result::sent : result::blocked;
}

outgoing_response::result outgoing_response::write_file_to(stream& client) {
  while (file_left_ > 0) {
    const auto n = client.write_file(file_.get(), file_left_);
    if (n < 0 && errno == EAGAIN) return result::blocked;
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return result::failed;  // the file shrank: the promised length cannot be kept
    file_left_ -= static_cast<std::uint64_t>(n);
  }
  file_.reset();
  return result::sent;
}

}  // namespace bennu
