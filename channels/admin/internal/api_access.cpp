#include <bennu/channels/admin/internal/api_access.hpp>

#include <utility>

#include <bennu/channels/admin/internal/problem.hpp>

namespace bennu {

namespace {

constexpr std::chrono::milliseconds delay_of_guesses{1'000};

/// The secret of a request; nothing if the field is missing or of another form. The scheme's case does not matter (RFC
/// 9110, section 11.1).
std::optional<std::string_view> secret_of(const http_request& request) {
  constexpr std::string_view scheme = "bearer ";
  auto field = request.header("authorization");
  if (!field || request.headers.count("authorization") != 1 || field->size() <= scheme.size()) return std::nullopt;
  for (std::size_t i = 0; i < scheme.size(); ++i) {
    const char c = (*field)[i];
    if ((c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c) != scheme[i]) return std::nullopt;
  }
  const auto begin = field->find_first_not_of(' ', scheme.size());
  return begin == std::string_view::npos ? std::nullopt : std::optional{field->substr(begin)};
}

}  // namespace

api_access::api_access(api_keys keys, const replaceable<limits>& limits, logger log, metrics& counts,
                       std::function<clock::time_point()> now)
    : keys_(std::move(keys)), limits_(limits), log_(std::move(log)), counts_(counts), now_(std::move(now)) {}

std::variant<std::string_view, api_access::refusal> api_access::check(const http_request& request, api_scope scope) {
  const auto secret = secret_of(request);
  if (!secret) return refuse(request, "the header field \"authorization: Bearer SECRET\" is missing", {});
  const auto* const key = keys_.get().find(*secret);
  if (key == nullptr) {
    const auto most = limits_.get().max_wrong_key_rate;
    const auto wait = failures_.lock()->try_take(now_(), {most, std::chrono::seconds{1}, most});
    return refuse(request, "no key has this secret", wait);
  }
  if (key->allows(scope)) return std::string_view{key->name};
  const auto name = std::string{to_string(scope)};
  counts_.add(metric::api_keys_refused);
  log_.warning("API: " + request.method + " from " + request.peer_address + " refused: the key " + key->name +
                   " has not the scope " + name,
               "API: a key without the scope");
  auto answer = problem(403, "the key has not the scope " + name);
  answer.headers.add("www-authenticate", "Bearer realm=\"bennu\", error=\"insufficient_scope\", scope=\"" + name + '"');
  return refusal{std::move(answer)};
}

/// @param wait the time for which too many requests with wrong secrets come; 0 if they do not
api_access::refusal api_access::refuse(const http_request& request, std::string_view why, clock::duration wait) {
  counts_.add(metric::api_keys_refused);
  log_.warning("API: " + request.method + " from " + request.peer_address + " refused: " + std::string{why},
               "API: a refused key");
  if (wait > clock::duration::zero()) {
    return {problem_for_now(429, wait + delay_of_guesses, "too many requests with wrong secrets"), delay_of_guesses};
  }
  auto answer = problem(401, std::string{why});
  answer.headers.add("www-authenticate", R"(Bearer realm="bennu")");
  return {std::move(answer)};
}

}  // namespace bennu
