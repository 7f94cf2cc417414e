#include <bennu/transport/internal/request_reader.hpp>

#include <utility>

namespace bennu {

request_reader::result request_reader::read(std::string_view bytes, bool encrypted) {
  if (bytes.empty() && kept() == 0) return result::incomplete;
  if (!parser_) parser_ = std::make_unique<http_parser>(limits_, encrypted);
  if (kept() == 0) bytes.remove_prefix(parser_->put(bytes));
  keep(bytes);
  if (!parser_->is_complete() && parser_->refusal() == 0) {
    parsed_ += parser_->put(std::string_view{waiting_}.substr(parsed_));
  }
  drop_parsed();
  if (parser_->refusal() != 0) return result::refused;
  return parser_->is_complete() ? result::complete : result::incomplete;
}

/// Parsed bytes are removed only now and then, so that many short requests which were sent ahead are not moved each
/// time.
void request_reader::drop_parsed() {
  if (kept() == 0) {
    waiting_ = {};
    parsed_ = 0;
  } else if (parsed_ > waiting_.size() / 2) {
    waiting_.erase(0, std::exchange(parsed_, 0));
  }
}

std::string request_reader::release() {
  waiting_.erase(0, std::exchange(parsed_, 0));
  return std::exchange(waiting_, {});
}

http_request request_reader::take() {
  auto request = std::move(parser_->request());
  parser_.reset();
  return request;
}

}  // namespace bennu
