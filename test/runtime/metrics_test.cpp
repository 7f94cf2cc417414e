#include <bennu/runtime/metrics.hpp>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include <bennu/runtime/event_loop.hpp>

#include <doctest/doctest.h>

using bennu::metric;

TEST_CASE("the counts of all threads are added up") {
  bennu::event_loop one{0};
  bennu::event_loop other{1};
  bennu::metrics all{{&one, &other}};
  std::vector<std::thread> threads;
  for (auto* loop : {&one, &other}) {
    threads.emplace_back([&all, loop] {
      const bennu::event_loop::scope here{*loop};
      for (int i = 0; i < 10'000; ++i) all.add(metric::messages_sent);
    });
  }
  for (int i = 0; i < 2; ++i) {
    threads.emplace_back([&all] {
      for (int n = 0; n < 10'000; ++n) all.add(metric::messages_sent, 2);
    });
  }
  for (auto& thread : threads) thread.join();
  CHECK(all.value(metric::messages_sent) == 60'000);
  CHECK(all.value(metric::messages_received) == 0);
}

TEST_CASE("a gauge goes up on one thread and down on another") {
  bennu::event_loop loop{0};
  bennu::metrics all{{&loop}};
  {
    const bennu::event_loop::scope here{loop};
    all.add(metric::channels, 3);
  }
  all.add(metric::channels, -1);
  CHECK(all.value(metric::channels) == 2);
}

TEST_CASE("the loop of another server counts as any other thread") {
  bennu::event_loop mine{0};
  bennu::event_loop theirs{0};
  bennu::metrics all{{&mine}};
  const bennu::event_loop::scope here{theirs};
  all.add(metric::broadcasts);
  CHECK(all.value(metric::broadcasts) == 1);
}

TEST_CASE("every metric has a name of its own and is written for Prometheus, with its kind") {
  bennu::metrics all{{}};
  all.add(metric::connections, 7);
  all.add(metric::pauses, 2);
  const auto text = all.to_text(bennu::metrics_format::prometheus);
  std::set<std::string_view> names;
  for (std::size_t i = 0; i < bennu::metric_count; ++i) {
    const auto& info = bennu::info_of(static_cast<metric>(i));
    CAPTURE(info.name);
    CHECK(names.insert(info.name).second);
    CHECK(info.name.ends_with("_total") != info.is_gauge);
    CHECK(text.find("# HELP " + std::string{info.name} + ' ' + std::string{info.help} + '\n') != std::string::npos);
  }
  CHECK(text.find("# TYPE bennu_connections gauge\nbennu_connections 7\n") != std::string::npos);
  CHECK(text.find("# TYPE bennu_pauses_total counter\nbennu_pauses_total 2\n") != std::string::npos);
}

TEST_CASE("a renamed metric is written under its old name too") {
  bennu::metrics all{{}};
  all.add(metric::node_connections_refused, 3);
  const auto text = all.to_text(bennu::metrics_format::prometheus);
  CHECK(text.find("# TYPE bennu_strangers_refused_total counter\nbennu_strangers_refused_total 3\n") !=
        std::string::npos);
  CHECK(text.find("\nbennu_node_connections_refused_total 3\n") != std::string::npos);
}

TEST_CASE("OpenMetrics describes a counter without the end of its name, and a gauge as it is") {
  bennu::metrics all{{}};
  all.add(metric::connections, 7);
  all.add(metric::pauses, 2);
  const auto text = all.to_text(bennu::metrics_format::open_metrics);
  CHECK(text.find("# TYPE bennu_connections gauge\nbennu_connections 7\n") != std::string::npos);
  CHECK(text.find("# HELP bennu_pauses " + std::string{bennu::info_of(metric::pauses).help}) != std::string::npos);
  CHECK(text.find("# TYPE bennu_pauses counter\nbennu_pauses_total 2\n") != std::string::npos);
}
