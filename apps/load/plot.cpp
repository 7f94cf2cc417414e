#include <algorithm>
#include <cmath>
#include <string>
#include <vector>

#include "chart.hpp"
#include "number_text.hpp"
#include "result.hpp"

namespace load {

namespace {

constexpr double steps_a_nine = 16;

/// The position of a percentile on an axis on which each step is one more nine: 0 for 0, 1 for 90, 2 for 99.
double nines_of(double percent) { return -std::log10(1 - percent / 100); }
double percent_of(double nines) { return 100 * (1 - std::pow(10, -nines)); }

/// The last nine that is meaningful for this number of values.
double last_nine(const measurements& seen) {
  std::uint64_t most = 10;
  for (const auto& [name, t] : seen.timings) most = std::max(most, t.response.count());
  return std::clamp(std::ceil(std::log10(static_cast<double>(most))), 1.0, 6.0);
}

chart latency_chart(const result& r) {
  chart made{"Latency by percentile", r.wanted.rate ? "ms since it was due" : "ms"};
  const auto last = last_nine(r.load);
  for (const auto& [name, t] : r.load.timings) {
    std::vector<chart::point> points;
    for (double nines = 0; nines <= last; nines += 1 / steps_a_nine) {
      points.emplace_back(nines, static_cast<double>(t.response.percentile(percent_of(nines)).count()) / 1e6);
    }
    made.add(name, std::move(points));
  }
  std::vector<chart::tick> ticks{{0, "0 %"}, {nines_of(50), "50 %"}};
  for (double nine = 1; nine <= last; ++nine) {
    auto label = fixed(percent_of(nine), std::max(0, static_cast<int>(nine) - 2));
    ticks.push_back({nine, label + " %"});
  }
  made.set_x_ticks(std::move(ticks));
  made.set_logarithmic();
  return made;
}

/// A figure of each sample, over time.
template <class Get>
chart course(const result& r, const std::string& title, const std::string& unit, const std::string& name, Get get) {
  chart made{title, unit};
  std::vector<chart::point> points;
  for (const auto& s : r.samples) points.emplace_back(s.at_s, get(s));
  made.add(name, std::move(points));
  const auto step = std::max(1.0, std::ceil(r.load_s / 10));
  std::vector<chart::tick> ticks;
  for (double at = 0; at <= r.load_s + step / 2; at += step) ticks.push_back({at, fixed(at, 0) + " s"});
  made.set_x_ticks(std::move(ticks));
  return made;
}

}  // namespace

std::string to_svg(const result& r) {
  const auto title =
      "load " + r.wanted.scenario_name + ", " + grouped(r.ramp.ready) + " clients on " + r.wanted.target.url;
  std::vector<chart> charts;
  if (!r.load.timings.empty()) charts.push_back(latency_chart(r));
  if (r.samples.empty()) return picture(title, charts);
  charts.push_back(course(r, "Operations", "a second", "operations",
                          [](const sample& s) { return static_cast<double>(s.seen.operations) / s.length_s; }));
  if (r.server) {
    charts.push_back(course(r, "Server's CPU", "% of a core", r.server->name,
                            [](const sample& s) { return s.server_cpu.value_or(0) * 100; }));
    charts.push_back(course(r, "Server's memory", "MB", r.server->name,
                            [](const sample& s) { return s.server_memory_mb.value_or(0); }));
  }
  return picture(title, charts);
}

}  // namespace load
