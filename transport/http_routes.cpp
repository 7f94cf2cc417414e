#include <bennu/transport/http_routes.hpp>

#include <bennu/transport/internal/http_route_table.hpp>

namespace bennu {

void http_routes::http(std::string method, std::string path, http_handler handler) {
  table_.add(std::move(method), path, std::move(handler));
}

void http_routes::refuse_with(std::function<http_response(unsigned)> make) { table_.refuse_with(std::move(make)); }

void http_routes::files(std::string prefix, const std::filesystem::path& directory) {
  table_.add_folder(std::move(prefix), directory);
}

}  // namespace bennu
