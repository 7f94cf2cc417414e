#include <bennu/transport/internal/http_route_table.hpp>

#include <algorithm>
#include <stdexcept>
#include <utility>

namespace bennu {

namespace {

/// Keeps the first exception of an action.
template <class F>
void keep_mistake(std::exception_ptr& first, F&& action) {
  try {
    action();
  } catch (...) {
    if (!first) first = std::current_exception();
  }
}

}  // namespace

void http_route_table::add(std::string method, const std::string& path, http_handler handler) {
  keep_mistake(mistake_, [&] {
    path_pattern pattern{path};
    if (!handler) throw std::invalid_argument("the route " + method + ' ' + path + " has no handler");
    const auto is_same = [&](const route& r) { return r.method == method && r.path == pattern; };
    if (const auto other = std::find_if(routes_.begin(), routes_.end(), is_same); other != routes_.end()) {
      throw std::invalid_argument("the routes " + method + ' ' + other->path.text() + " and " + method + ' ' + path +
                                  " are the same");
    }
    routes_.push_back({std::move(method), std::move(pattern), std::move(handler)});
  });
}

void http_route_table::add_folder(std::string prefix, const std::filesystem::path& directory) {
  keep_mistake(mistake_, [&] {
    if (!prefix.starts_with('/')) {
      throw std::invalid_argument("the prefix \"" + prefix + "\" does not begin with a slash, as in \"/\"");
    }
    while (prefix.ends_with('/')) prefix.pop_back();
    if (std::any_of(folders_.begin(), folders_.end(), [&](const auto& f) { return f.prefix == prefix; })) {
      throw std::invalid_argument("files are served under \"" + prefix + "/\" twice");
    }
    const auto behind =
        std::find_if(folders_.begin(), folders_.end(), [&](const auto& f) { return f.prefix.size() < prefix.size(); });
    folders_.insert(behind, {prefix, static_files{directory}});
  });
}

/// A body that is too large is answered with 400, as in Phoenix (Plug.Parsers raises, bandit answers), unless the
/// program composes the answers.
http_response http_route_table::refusal(unsigned status) const {
  if (refusal_) return refusal_(status);
  const unsigned shown = status == 413 ? 400 : status;
  return http_response::text(shown, std::string{reason_phrase(shown)});
}

void http_route_table::check() const {
  if (mistake_) std::rethrow_exception(mistake_);
}

}  // namespace bennu
