#include <bennu/channels/jwt/internal/key_fetcher.hpp>

#include <algorithm>
#include <exception>
#include <stdexcept>
#include <utility>

#include <bennu/channels/jwt/internal/download.hpp>

namespace bennu::internal {

using std::chrono::milliseconds;

namespace {

constexpr std::chrono::seconds max_retry_interval{30};

}  // namespace

key_fetcher::key_fetcher(std::string url, key_fetch_options options)
    : url_(std::move(url)), options_(std::move(options)) {
  check_download_url(url_);
  thread_ = std::jthread{[this](const std::stop_token& stop) { run(stop); }};
}

key_fetcher::~key_fetcher() {
  thread_.request_stop();
  thread_.join();
  end_fetch(nullptr);
}

void key_fetcher::request() {
  const auto state = state_.lock();
  if (state->now != stage::idle || clock::now() < state->next_request) return;
  state->now = stage::requested;
  changed_.notify_all();
}

void key_fetcher::await_newer(const set& known, std::function<void(const set&)> then) {
  request();
  auto state = state_.lock();
  const bool can_wait = state->now != stage::idle && state->waiting.size() < options_.max_waiting_tokens;
  if (state->keys == known && can_wait) {
    state->waiting.push_back(std::move(then));
    return;
  }
  const auto keys = state->keys;
  state.unlock();
  then(keys);
}

bool key_fetcher::wait(milliseconds patience) {
  return state_.lock().wait_for(changed_, patience, [](const state& now) { return now.keys != nullptr; });
}

void key_fetcher::run(const std::stop_token& stop) {
  milliseconds retry = options_.retry_interval;
  while (!stop.stop_requested()) {
    {
      const auto state = state_.lock();
      state->now = stage::fetching;
      state->next_request = clock::now() + options_.min_interval;
    }
    const auto fetched = fetch(stop);
    end_fetch(fetched);
    const auto pause = fetched ? options_.refresh_interval : retry;
    retry = fetched ? options_.retry_interval : std::min<milliseconds>(2 * retry, max_retry_interval);
    state_.lock().wait_for(changed_, stop, pause, [](const state& now) { return now.now == stage::requested; });
  }
}

key_fetcher::set key_fetcher::fetch(const std::stop_token& stop) const {
  try {
    auto keys = key_set::from_jwk_set(download(
        url_, {.timeout = options_.timeout, .max_bytes = options_.max_bytes, .ca_file = options_.ca_file}, stop));
    if (keys->keys().front().kind() != key_kind::secret) return keys;
    throw std::invalid_argument("a key set that is published has secrets");
  } catch (const std::exception& failure) {
    if (!stop.stop_requested())
      options_.logger.warning("keys could not be fetched from " + url_ + ": " + failure.what());
    return nullptr;
  }
}

void key_fetcher::end_fetch(const set& fetched) {
  auto state = state_.lock();
  state->now = stage::idle;
  if (fetched) state->keys = fetched;
  const auto waiting = std::exchange(state->waiting, {});
  const auto keys = state->keys;
  state.unlock();
  changed_.notify_all();
  for (const auto& call : waiting) {
    try {
      call(keys);
    } catch (const std::exception& error) {
      options_.logger.error(std::string{"a callback that waited for keys has thrown: "} + error.what());
    }
  }
}

}  // namespace bennu::internal
