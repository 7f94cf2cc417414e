#include <bennu/channels/testing/channel_test.hpp>

#include <bennu/channels/testing/internal/world.hpp>

namespace bennu::testing {

channel_test::channel_test(const test_options& wanted)
    : channel_test(std::make_unique<world>(
          wanted, verdict{[this](const auto& description, const auto& where) { report(description, where); },
                          [this](const auto& where) { report_met(where); }})) {}

channel_test::channel_test(std::unique_ptr<world> made) : test_node(*made, made->first()), world_(std::move(made)) {}

channel_test::~channel_test() = default;

void channel_test::report(const std::string&, const place&) {}

void channel_test::report_met(const place&) {}

void channel_test::fail(const std::string& description, const place& where) { world_->fail(description, where); }

void channel_test::pass(const place& where) { world_->pass(where); }

// -- nodes ------------------------------------------------------------------------------------------------------------

test_node channel_test::add_node(const std::string& name, place where) {
  if (world_->has_node(name)) fail("there is a node \"" + name + "\" already", where);
  return {*world_, world_->add_node(name)};
}

node_link channel_test::link(const test_node& one, const test_node& other) {
  return {*world_, one.name(), other.name()};
}

// -- time and order ---------------------------------------------------------------------------------------------------

void channel_test::settle(place where) { world_->settle(where); }

void channel_test::advance(std::chrono::nanoseconds time, place where) { world_->advance(time, where); }

std::chrono::nanoseconds channel_test::now() const { return world_->order()->now(); }

bool channel_test::step() { return world_->step(); }

void channel_test::run_some(place where) {
  constexpr std::size_t many = 32;
  if (!seed()) return settle(where);
  for (auto n = random(many); n > 0 && step(); --n) {
  }
}

std::size_t channel_test::random(std::size_t n) { return world_->order()->random(n); }

std::optional<std::uint64_t> channel_test::seed() const noexcept { return world_->options().seed; }

// -- jobs -------------------------------------------------------------------------------------------------------------

void channel_test::hold_jobs() { world_->hold_jobs(true); }

std::size_t channel_test::held_jobs() const { return world_->held_jobs(); }

void channel_test::run_job(place where) {
  if (!world_->run_job()) fail("expected a job that waits, there is none", where);
}

void channel_test::release_jobs() { world_->hold_jobs(false); }

// -- the events -----------------------------------------------------------------------------------------------------

std::string channel_test::transcript() const { return world_->events().text(); }

const std::vector<std::string>& channel_test::log() const { return world_->log(); }

}  // namespace bennu::testing
