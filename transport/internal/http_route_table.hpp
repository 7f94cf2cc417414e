#pragma once

#include <exception>
#include <filesystem>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include <bennu/transport/http_responder.hpp>
#include <bennu/transport/internal/path_pattern.hpp>
#include <bennu/transport/internal/static_files.hpp>

namespace bennu {

/// The handlers and folders of a listener, as its router reads them.
class http_route_table {
public:
  struct route {
    std::string method;
    path_pattern path;
    http_handler handler;
  };
  struct folder {
    std::string prefix;  ///< without a slash at its end
    static_files files;
  };

  /// A mistake is kept for `check`.
  void add(std::string method, const std::string& path, http_handler handler);
  void add_folder(std::string prefix, const std::filesystem::path& directory);

  void refuse_with(std::function<http_response(unsigned)> make) { refusal_ = std::move(make); }
  /// The answer with this status to a request that no handler answers.
  http_response refusal(unsigned status) const;

  /// In the order in which they were added.
  const std::vector<route>& routes() const noexcept { return routes_; }
  /// The longest prefix first.
  const std::vector<folder>& folders() const noexcept { return folders_; }

  /// @throws std::invalid_argument or std::system_error that describes the first mistake
  void check() const;

private:
  std::vector<route> routes_;
  std::vector<folder> folders_;
  std::function<http_response(unsigned)> refusal_;  ///< null for texts
  std::exception_ptr mistake_;
};

}  // namespace bennu
