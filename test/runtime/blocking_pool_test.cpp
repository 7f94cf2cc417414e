#include <bennu/runtime/blocking_pool.hpp>

#include <algorithm>
#include <atomic>
#include <functional>
#include <future>
#include <latch>
#include <memory>
#include <set>
#include <thread>
#include <vector>

#include <doctest/doctest.h>

using bennu::metric;

TEST_CASE("jobs that wait for each other all run, as long as there is a thread for each") {
  bennu::metrics counts{{}};
  bennu::blocking_pool pool{4, counts};
  std::latch together{4};
  std::atomic<int> ran = 0;
  for (int i = 0; i < 4; ++i) {
    pool.post([&] {
      together.arrive_and_wait();
      ++ran;
    });
  }
  together.wait();
  std::promise<void> last;
  pool.post([&] { last.set_value(); });
  last.get_future().wait();
}

TEST_CASE("there are never more threads than the limit, and jobs beyond it run in order") {
  std::vector<int> order;
  std::set<std::thread::id> threads;
  bennu::metrics counts{{}};
  {
    bennu::blocking_pool pool{1, counts};
    for (int i = 0; i < 100; ++i) {
      pool.post([&, i] {
        order.push_back(i);
        threads.insert(std::this_thread::get_id());
      });
    }
  }  // finishes all
  CHECK(order.size() == 100);
  CHECK(std::is_sorted(order.begin(), order.end()));
  CHECK(threads.size() == 1);
}

TEST_CASE("jobs that wait for a thread are counted") {
  bennu::metrics counts{{}};
  {
    bennu::blocking_pool pool{2, counts};
    std::latch begun{2};
    std::latch ended{1};
    for (int i = 0; i < 2; ++i) {
      pool.post([&] {
        begun.count_down();
        ended.wait();
      });
    }
    begun.wait();
    CHECK(counts.value(metric::jobs_delayed) == 0);
    for (int i = 0; i < 3; ++i) pool.post([] {});
    CHECK(counts.value(metric::jobs_delayed) == 3);
    ended.count_down();
  }  // finishes all
  CHECK(counts.value(metric::jobs_delayed) == 3);
}

TEST_CASE("jobs that jobs post run too, even while the pool ends") {
  bennu::metrics counts{{}};
  int ran = 0;
  std::function<void()> next;
  {
    bennu::blocking_pool pool{4, counts};
    next = [&] {
      if (++ran < 100) pool.post(next);
    };
    pool.post(next);
  }  // finishes all
  CHECK(ran == 100);
}

TEST_CASE("a pool that finishes may still be posted to: the job runs, or is destroyed") {
  bennu::metrics counts{{}};
  const auto held = std::make_shared<int>(0);
  std::atomic<bool> stop = false;
  std::atomic<int> ran = 0;
  bennu::blocking_pool pool{2, counts};
  std::latch posting{1};
  std::thread other{[&] {
    for (int i = 0; !stop; ++i) {
      pool.post([held, &ran] { ++ran; });
      if (i == 0) posting.count_down();
    }
  }};
  posting.wait();
  std::promise<void> one;
  pool.post([&] { one.set_value(); });
  one.get_future().wait();
  stop = true;
  pool.finish();
  other.join();
  const int before = ran;
  pool.post([held, &ran] { ++ran; });
  CHECK(ran == before);
  CHECK(held.use_count() == 1);
  pool.finish();
}
