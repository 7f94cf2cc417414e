#include <bennu/pubsub/direct_adapter/internal/direct_adapter.hpp>

#include <sstream>
#include <stdexcept>
#include <utility>

#include <bennu/runtime/exception_text.hpp>
#include <bennu/runtime/text_file.hpp>

namespace bennu {

namespace {

using clock = link_manager::clock;

constexpr std::chrono::milliseconds tick_interval{100};

/// The lines of a file that are not empty.
std::vector<std::string> cookies_in(const std::string& path) {
  std::istringstream file{read_text_file(path, "cookie")};
  std::vector<std::string> all;
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) all.push_back(line);
  }
  if (all.empty()) throw std::invalid_argument("there is no cookie in " + path);
  return all;
}

}  // namespace

std::shared_ptr<const node_credentials> credentials_of(const cluster_options& o) {
  const bool has_certificates = !o.certificate_file.empty() || !o.key_file.empty() || !o.authority_file.empty();
  const bool has_cookie = !o.cookie.empty() || !o.cookie_file.empty();
  if (has_certificates && has_cookie) {
    throw std::invalid_argument("a node proves itself with a cookie or with certificates, not with both");
  }
  if (has_certificates) return node_credentials::from_files(o.certificate_file, o.key_file, o.authority_file);
  if (!o.cookie_file.empty()) return node_credentials::from_cookies(cookies_in(o.cookie_file));
  if (!o.cookie.empty()) return node_credentials::from_cookies({o.cookie});
  throw std::invalid_argument("node " + o.name +
                              " has nothing to prove itself with: it needs a cookie or certificates");
}

direct_adapter::direct_adapter(node_id self, cluster_options options, const limits& l, logger log,
                               std::shared_ptr<const node_credentials> proof, node_tunnels::user& tunnel_user)
    : self_(std::move(self)),
      options_(std::move(options)),
      limits_(l),
      log_(std::move(log)),
      others_(limits_, log_,
              [this](topic_bucket bucket) {
                const auto* of = subscribers_.load(std::memory_order_acquire);
                return of != nullptr && of->is_interested(bucket);
              }),
      links_(thread_.loop(), self_, options_, limits_, log_, others_, gate_, tunnel_user,
             [this](const std::string& node) { thread_.loop().post([this, node] { links_.flush(node); }); }) {
  links_.set_credentials(proof);
}

direct_adapter::~direct_adapter() { stop(); }

void direct_adapter::count_with(std::shared_ptr<metrics> counts) {
  links_.count_with(counts);
  others_.count_with(std::move(counts));
}

void direct_adapter::start(host& of) {
  gate_.open(of);
  subscribers_ = &of;
  others_.announce_all_interest();
  const auto port = links_.start();
  log_.info("node " + self_.name + " listens for others on port " + std::to_string(port));
  thread_.start([this](const std::exception_ptr& thrown) { on_failure(thrown); });
  thread_.every(tick_interval, [this] { links_.tick(clock::now()); });
  const auto is_first_round_over = [this] {
    links_.tick(clock::now());
    return links_.is_first_round_over();
  };
  if (!thread_.wait_until(is_first_round_over, limits_.node_join_timeout)) {
    log_.warning("not all known nodes were reached in time; this node keeps trying");
  }
}

void direct_adapter::reload() {
  const auto proof = credentials_of(options_);
  thread_.loop().post([this, proof] { links_.set_credentials(proof); });
}

void direct_adapter::stop() {
  if (!thread_.is_running()) return;
  thread_.loop().post([this] { links_.leave(); });
  const auto has_left = [this] {
    links_.tick(clock::now());
    return links_.has_left();
  };
  if (!thread_.wait_until(has_left, limits_.node_leave_timeout)) {
    log_.warning("not all messages that waited for other nodes were sent");
  }
  gate_.close();
  thread_.stop([this] {
    others_.stop_waiting();
    links_.stop();
  });
}

void direct_adapter::on_failure(const std::exception_ptr& thrown) const {
  log_.error("a task of the thread for other nodes failed; the thread goes on: " + exception_text(thrown));
}

bool direct_adapter::when_interest_known(topic_bucket bucket, std::function<void()> then) {
  return others_.when_interest_known(bucket, std::move(then), clock::now());
}

void direct_adapter::request_tunnel(const std::string& node) {
  thread_.loop().post([this, node] { links_.request_tunnel(node); });
}

}  // namespace bennu
