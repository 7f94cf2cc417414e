#include <bennu/runtime/blocking_pool.hpp>

#include <utility>

namespace bennu {

void blocking_pool::finish() {
  std::vector<std::thread> ending;
  {
    auto state = state_.lock();
    state->is_finishing = true;
    ending.swap(state->threads);
  }
  changed_.notify_all();
  for (auto& thread : ending) thread.join();
}

void blocking_pool::post(job next) {
  {
    auto state = state_.lock();
    if (state->is_finishing && state->working == 0) return;
    state->jobs.push_back(std::move(next));
    if (state->jobs.size() > state->idle && !state->is_finishing) {
      if (state->threads.size() < max_threads_) {
        state->threads.emplace_back([this] { work(); });
        ++state->working;
      } else {
        counts_.add(metric::jobs_delayed);
      }
    }
  }
  changed_.notify_one();
}

void blocking_pool::work() {
  for (;;) {
    job next;
    {
      auto state = state_.lock();
      ++state->idle;
      state.wait(changed_, [](const shared_state& s) { return s.is_finishing || !s.jobs.empty(); });
      --state->idle;
      if (state->jobs.empty()) {
        --state->working;
        return;
      }
      next = std::move(state->jobs.front());
      state->jobs.pop_front();
    }
    next();
  }
}

}  // namespace bennu
