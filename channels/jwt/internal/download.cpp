#include <bennu/channels/jwt/internal/download.hpp>

#include <memory>
#include <stdexcept>
#include <string_view>

#include <curl/curl.h>

namespace bennu::internal {

namespace {

/// Ends what curl allocated, with the function that belongs to it.
template <auto Free>
struct curl_deleter {
  template <class T>
  void operator()(T* pointer) const noexcept {
    Free(pointer);
  }
};

struct body {
  std::string bytes;
  std::size_t max_bytes;
};

std::size_t append(const char* data, std::size_t, std::size_t size, void* to) {
  auto& received = *static_cast<body*>(to);
  if (size > received.max_bytes - received.bytes.size()) return 0;  // fails the transfer
  received.bytes.append(data, size);
  return size;
}

void configure(CURL* transfer, const std::string& url, const download_options& options, body& to) {
  const bool is_plain = url.starts_with("http:");
  curl_easy_setopt(transfer, CURLOPT_URL, url.c_str());
  curl_easy_setopt(transfer, CURLOPT_PROTOCOLS_STR, is_plain ? "http" : "https");
  if (is_plain) curl_easy_setopt(transfer, CURLOPT_PROXY, "");  // no proxy for this machine
  curl_easy_setopt(transfer, CURLOPT_FOLLOWLOCATION, 0L);
  curl_easy_setopt(transfer, CURLOPT_NOSIGNAL, 1L);
  curl_easy_setopt(transfer, CURLOPT_TIMEOUT_MS, static_cast<long>(options.timeout.count()));
  curl_easy_setopt(transfer, CURLOPT_WRITEFUNCTION, append);
  curl_easy_setopt(transfer, CURLOPT_WRITEDATA, &to);
  curl_easy_setopt(transfer, CURLOPT_USERAGENT, "bennu");
  if (!options.ca_file.empty()) curl_easy_setopt(transfer, CURLOPT_CAINFO, options.ca_file.c_str());
}

/// Runs the transfer until it has ended, or `stop`.
CURLcode run(CURLM* transfers, const std::stop_token& stop) {
  const std::stop_callback wake{stop, [transfers] { curl_multi_wakeup(transfers); }};
  for (int running = 1; !stop.stop_requested();) {
    if (curl_multi_perform(transfers, &running) != CURLM_OK) return CURLE_FAILED_INIT;
    int left = 0;
    if (running == 0) return curl_multi_info_read(transfers, &left)->data.result;
    curl_multi_poll(transfers, nullptr, 0, 1000, nullptr);
  }
  return CURLE_ABORTED_BY_CALLBACK;
}

}  // namespace

void check_download_url(const std::string& url) {
  const std::unique_ptr<CURLU, curl_deleter<&curl_url_cleanup>> parsed{curl_url()};
  const auto part = [&](CURLUPart which) {
    char* text = nullptr;
    curl_url_get(parsed.get(), which, &text, 0);
    const std::unique_ptr<char, curl_deleter<&curl_free>> owner{text};
    return std::string{text != nullptr ? text : ""};
  };
  if (curl_url_set(parsed.get(), CURLUPART_URL, url.c_str(), 0) != CURLUE_OK || !part(CURLUPART_USER).empty()) {
    throw std::invalid_argument("keys are fetched from a URL such as https://id.example.com/jwks.json");
  }
  const auto host = part(CURLUPART_HOST);
  const bool is_loopback = host == "localhost" || host == "127.0.0.1" || host == "[::1]";
  if (part(CURLUPART_SCHEME) != "https" && !(part(CURLUPART_SCHEME) == "http" && is_loopback)) {
    throw std::invalid_argument("keys are fetched with https, or with http from a loopback address");
  }
}

std::string download(const std::string& url, const download_options& options, const std::stop_token& stop) {
  static const auto started = curl_global_init(CURL_GLOBAL_DEFAULT);
  const std::unique_ptr<CURL, curl_deleter<&curl_easy_cleanup>> transfer{curl_easy_init()};
  const std::unique_ptr<CURLM, curl_deleter<&curl_multi_cleanup>> transfers{curl_multi_init()};
  if (started != CURLE_OK || !transfer || !transfers) throw std::runtime_error("libcurl cannot start");
  body received{{}, options.max_bytes};
  configure(transfer.get(), url, options, received);
  curl_multi_add_handle(transfers.get(), transfer.get());
  const auto result = run(transfers.get(), stop);
  curl_multi_remove_handle(transfers.get(), transfer.get());
  long status = 0;
  curl_easy_getinfo(transfer.get(), CURLINFO_RESPONSE_CODE, &status);
  if (result == CURLE_WRITE_ERROR)
    throw std::runtime_error("the answer has more than " + std::to_string(options.max_bytes) + " bytes");
  if (result != CURLE_OK) throw std::runtime_error(curl_easy_strerror(result));
  if (status != 200) throw std::runtime_error("the answer has the status " + std::to_string(status));
  return std::move(received.bytes);
}

}  // namespace bennu::internal
