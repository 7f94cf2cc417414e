#pragma once

#include <exception>
#include <string>
#include <vector>

#include <bennu/transport/http_routes.hpp>
#include <bennu/transport/internal/path_pattern.hpp>
#include <bennu/transport/internal/static_files.hpp>

namespace bennu {

/// The routes in the form that a router reads.
struct http_routes::table {
  struct route {
    std::string method;
    path_pattern path;
    http_handler handler;
  };
  struct folder {
    std::string prefix;  ///< without a slash at its end
    static_files files;
  };

  std::vector<route> routes;    ///< in the order in which they were added
  std::vector<folder> folders;  ///< the longest prefix first
  std::exception_ptr mistake;   ///< the first mistake
};

}  // namespace bennu
