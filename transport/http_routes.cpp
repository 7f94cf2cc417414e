#include <bennu/transport/http_routes.hpp>

#include <algorithm>
#include <stdexcept>

#include <bennu/transport/internal/http_route_table.hpp>

namespace bennu {

namespace {

/// Calls a function, and stores its exception if it is the first.
template <class F>
void keep_mistake(std::exception_ptr& first, F&& action) {
  try {
    action();
  } catch (...) {
    if (!first) first = std::current_exception();
  }
}

}  // namespace

http_routes::http_routes() : table_(std::make_unique<table>()) {}
http_routes::~http_routes() = default;

void http_routes::http(std::string method, std::string path, http_handler handler) {
  keep_mistake(table_->mistake, [&] {
    path_pattern pattern{path};
    auto& routes = table_->routes;
    if (!handler) throw std::invalid_argument("the route " + method + ' ' + path + " has no handler");
    const auto is_same = [&](const table::route& r) { return r.method == method && r.path == pattern; };
    if (const auto other = std::find_if(routes.begin(), routes.end(), is_same); other != routes.end()) {
      throw std::invalid_argument("the routes " + method + ' ' + other->path.text() + " and " + method + ' ' + path +
                                  " are the same");
    }
    routes.push_back({std::move(method), std::move(pattern), std::move(handler)});
  });
}

void http_routes::files(std::string prefix, const std::filesystem::path& directory) {
  keep_mistake(table_->mistake, [&] {
    if (!prefix.starts_with('/')) {
      throw std::invalid_argument("the prefix \"" + prefix + "\" does not begin with a slash, as in \"/\"");
    }
    while (prefix.ends_with('/')) prefix.pop_back();
    auto& folders = table_->folders;
    if (std::any_of(folders.begin(), folders.end(), [&](const auto& f) { return f.prefix == prefix; })) {
      throw std::invalid_argument("files are served under \"" + prefix + "/\" twice");
    }
    const auto behind =
        std::find_if(folders.begin(), folders.end(), [&](const auto& f) { return f.prefix.size() < prefix.size(); });
    folders.insert(behind, {prefix, static_files{directory}});
  });
}

void http_routes::check() const {
  if (table_->mistake) std::rethrow_exception(table_->mistake);
}

}  // namespace bennu
