#pragma once

#include <chrono>
#include <cstddef>
#include <stop_token>
#include <string>

namespace bennu::internal {

struct download_options {
  std::chrono::milliseconds timeout;
  std::size_t max_bytes;
  std::string ca_file;  ///< empty: the authorities of the system
};

/// @throws std::invalid_argument unless `url` is https, or http with a loopback address or `localhost`, without a user
void check_download_url(const std::string& url);

/// The body of a 200 answer to GET. Follows no redirect and decompresses nothing. Waits, but ends soon after `stop`.
/// @param url one that was checked
/// @throws std::runtime_error if there is no such answer
std::string download(const std::string& url, const download_options& options, const std::stop_token& stop);

}  // namespace bennu::internal
