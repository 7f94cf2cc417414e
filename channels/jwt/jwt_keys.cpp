#include <bennu/channels/jwt/jwt_keys.hpp>

#include <stdexcept>
#include <thread>
#include <utility>
#include <vector>

#include <bennu/channels/jwt/internal/key_fetcher.hpp>
#include <bennu/channels/jwt/internal/key_set.hpp>
#include <bennu/runtime/text_file.hpp>

namespace bennu {

using internal::key_set;

jwt_keys::jwt_keys(std::shared_ptr<const key_set> fixed) : fixed_(std::move(fixed)) {}

jwt_keys jwt_keys::pem(std::string_view text) { return jwt_keys{key_set::from_pem(text)}; }

jwt_keys jwt_keys::secret(std::string bytes) {
  if (bytes.find("-----BEGIN ") != std::string::npos)
    throw std::invalid_argument("a key in PEM is no secret: use jwt_keys::pem");
  std::vector<internal::verification_key> keys{internal::verification_key::from_secret(std::move(bytes))};
  return jwt_keys{std::make_shared<const key_set>(std::move(keys))};
}

jwt_keys jwt_keys::set(std::string_view json) { return jwt_keys{key_set::from_jwk_set(json)}; }

jwt_keys jwt_keys::file(const std::string& path) {
  const auto text = read_text_file(path, "keys");
  return text.find("-----BEGIN ") != std::string::npos ? pem(text) : set(text);
}

jwt_keys jwt_keys::url(const std::string& address, key_fetch_options options) {
  jwt_keys result{nullptr};
  // The last copy may go with a callback on the thread that fetches, which cannot wait for its own end.
  const auto end = [](internal::key_fetcher* fetcher) {
    if (fetcher->is_on_this_thread()) {
      std::thread{[fetcher] { delete fetcher; }}.detach();
    } else {
      delete fetcher;
    }
  };
  result.fetcher_ = {new internal::key_fetcher{address, std::move(options)}, end};
  return result;
}

bool jwt_keys::wait(std::chrono::milliseconds patience) const {
  return fetcher_ == nullptr || fetcher_->wait(patience);
}

std::shared_ptr<const key_set> jwt_keys::current() const { return fetcher_ != nullptr ? fetcher_->current() : fixed_; }

}  // namespace bennu
