#include <bennu/pubsub/redis_adapter/internal/redis_adapter.hpp>

#include <stdexcept>
#include <utility>

#include <bennu/pubsub/internal/incarnation.hpp>
#include <bennu/pubsub/redis_adapter/redis_adapter.hpp>
#include <bennu/runtime/exception_text.hpp>

namespace bennu {

namespace {

using clock = broker_links::clock;

constexpr std::chrono::milliseconds tick_interval{250};

}  // namespace

redis_options redis_options_of(const cluster_options& all) {
  return {all.name, all.redis_url, all.redis_password, {all.authority_file, all.certificate_file, all.key_file}};
}

std::unique_ptr<adapter> make_redis_adapter(const redis_options& options, const limits& l, logger log) {
  check_node_name(options.name);
  auto server = parse_redis_url(options.url);
  if (!options.password.empty()) server.password = options.password;
  server.certificates = options.certificates;
  if (server.certificates.certificate_file.empty() != server.certificates.key_file.empty()) {
    throw std::invalid_argument("a certificate and its private key are given together");
  }
  if (server.carrier != redis_carrier::tls &&
      !(server.certificates.certificate_file.empty() && server.certificates.authority_file.empty())) {
    throw std::invalid_argument("certificates are of use for Redis over TLS only: rediss://");
  }
  return std::make_unique<redis_adapter>(node_id{options.name, new_incarnation()}, std::move(server), l,
                                         std::move(log));
}

redis_adapter::redis_adapter(node_id self, redis_url server, const limits& l, logger log)
    : self_(std::move(self)),
      limits_(l),
      log_(std::move(log)),
      others_(
          limits_, log_,
          [this](topic_bucket bucket) {
            const auto* of = subscribers_.load(std::memory_order_acquire);
            return of != nullptr && of->is_interested(bucket);
          },
          limits_.max_redis_message_bytes),
      session_(thread_.loop(), std::move(server), self_.name, limits_, log_, *this),
      links_(self_, "Redis", limits_, log_, others_, gate_, *this) {}

redis_adapter::~redis_adapter() { stop(); }

void redis_adapter::start(host& of) {
  gate_.open(of);
  subscribers_ = &of;
  others_.announce_all_interest();
  log_.info("node " + self_.name + " looks for others through Redis");
  thread_.start([this](const std::exception_ptr& thrown) { on_failure(thrown); });
  thread_.loop().post([this] { session_.start(); });
  thread_.every(tick_interval, [this] { tick(); });
}

void redis_adapter::stop() {
  if (!thread_.is_running()) return;
  thread_.loop().post([this] { links_.leave(); });
  const auto has_left = [this] { return links_.has_left() && session_.is_idle(); };
  if (!thread_.wait_until(has_left, limits_.node_leave_timeout)) {
    log_.warning("not all messages that waited for other nodes were sent");
  }
  gate_.close();
  thread_.stop([this] { session_.stop(); });
}

bool redis_adapter::when_interest_known(topic_bucket bucket, std::function<void()> then) {
  return others_.when_interest_known(bucket, std::move(then), clock::now());
}

// -- on the thread ----------------------------------------------------------------------------------------------------

void redis_adapter::on_failure(const std::exception_ptr& thrown) {
  log_.error("the thread of the Redis adapter failed: " + exception_text(thrown));
  session_.restart("this node failed");
}

void redis_adapter::tick() {
  const auto now = clock::now();
  links_.tick(now);
  const bool is_deaf = session_.is_connected() && now - links_.heard_itself() > limits_.node_timeout;
  if (is_deaf) session_.restart("messages of this node do not come back");
}

void redis_adapter::on_connected() { links_.connected(clock::now()); }

void redis_adapter::on_disconnected() { links_.disconnected(); }

void redis_adapter::on_message(std::string_view message) { links_.heard(message, clock::now()); }

void redis_adapter::on_no_receiver(const std::string& node) { links_.nobody_heard(node); }

void redis_adapter::on_drained() { links_.flush_all(); }

void redis_adapter::send_to_all(std::string_view message) { session_.send_to_all(message); }

void redis_adapter::send_to(const std::string& node, std::string_view message) { session_.send_to(node, message); }

void redis_adapter::flush_soon(const std::string& node) {
  thread_.loop().post([this, node] { links_.flush(node); });
}

}  // namespace bennu
