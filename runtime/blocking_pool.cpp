#include <bennu/runtime/blocking_pool.hpp>

#include <utility>

namespace bennu {

blocking_pool::~blocking_pool() {
  {
    const std::lock_guard lock{mutex_};
    stopping_ = true;
  }
  changed_.notify_all();
  for (auto& thread : threads_) thread.join();
}

void blocking_pool::post(job what) {
  {
    const std::lock_guard lock{mutex_};
    jobs_.push_back(std::move(what));
    if (jobs_.size() > idle_ && !stopping_) {
      if (threads_.size() < max_threads_) {
        threads_.emplace_back([this] { work(); });
      } else {
        counts_.add(metric::jobs_delayed);
      }
    }
  }
  changed_.notify_one();
}

void blocking_pool::work() {
  std::unique_lock lock{mutex_};
  for (;;) {
    ++idle_;
    changed_.wait(lock, [this] { return stopping_ || !jobs_.empty(); });
    --idle_;
    if (jobs_.empty()) return;
    auto what = std::move(jobs_.front());
    jobs_.pop_front();
    lock.unlock();
    what();
    what = nullptr;  // without the lock: what the job holds may end here
    lock.lock();
  }
}

}  // namespace bennu
