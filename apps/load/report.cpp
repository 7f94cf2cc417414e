#include <algorithm>
#include <string>
#include <utility>

#include <bennu/runtime/json.hpp>

#include "number_text.hpp"
#include "result.hpp"

namespace load {

namespace {

using bennu::json;

constexpr double shown_percentiles[] = {50, 90, 99, 99.9, 99.99};
constexpr std::size_t shown_errors = 10;

std::string percentile_name(double percent) {
  auto text = fixed(percent, 2);
  while (text.ends_with('0')) text.pop_back();
  if (text.ends_with('.')) text.pop_back();
  return "p" + text;
}

std::string padded(std::string text, std::size_t width) {
  if (text.size() < width) text.append(width - text.size(), ' ');
  return text;
}

/// One line: a label and its text.
void line(std::string& out, const std::string& label, const std::string& text) {
  out += padded(label + ' ', 12) + text + '\n';
}

std::string percentiles(const histogram& of) {
  std::string text;
  for (const auto p : shown_percentiles) text += padded(percentile_name(p) + ' ' + time_text(of.percentile(p)), 17);
  return text + "max " + time_text(of.max());
}

std::string rate_text(double per_second) {
  return per_second < 100 ? fixed(per_second, 1) : grouped(static_cast<std::uint64_t>(per_second));
}

std::string wanted_text(const options& o) {
  auto text = grouped(o.clients) + " clients";
  if (o.topics > 1) text += " on " + grouped(o.topics) + " topics";
  if (o.rate) return text + ", " + rate_text(*o.rate) + " operations/s wanted";
  if (o.scenario == scenario_kind::idle) return text;
  return text + ", " + grouped(o.in_flight) + " in flight each, no rate wanted";
}

/// The measurements from the first client on.
measurements whole(const result& of) {
  auto all = of.ramp;
  all.merge(of.load);
  return all;
}

void append_errors(std::string& out, const measurements& seen) {
  std::size_t shown = 0;
  for (const auto& [error, count] : seen.errors) {
    if (++shown > shown_errors)
      return line(out, "", "and " + grouped(seen.errors.size() - shown_errors) + " other kinds");
    line(out, shown == 1 ? "errors" : "", grouped(count) + " times: " + error);
  }
}

void append_server(std::string& out, const result& r) {
  if (!r.server) return line(out, "server", "not on this machine, or not ours: --pid names its process");
  const auto& s = *r.server;
  auto text = s.name + " (" + std::to_string(s.pid) + "): " + fixed(s.cpu * 100, 0) + " % of a core";
  if (s.cpu_us_operation > 0) text += ", " + fixed(s.cpu_us_operation, 2) + " us an operation";
  line(out, "server", text);
  line(out, "",
       fixed(s.memory_mb, 1) + " MB, of which " + fixed(s.memory_kb_client, 2) + " KB for each client; " +
           fixed(s.cpu_us_join, 0) + " us of CPU for each to connect and join");
}

// -- JSON -------------------------------------------------------------------------------------------------------------

double us(duration time) { return static_cast<double>(time.count()) / 1000; }

json to_json(const histogram& of) {
  json result{{"count", of.count()}, {"min", us(of.min())}, {"mean", us(of.mean())}};
  for (const auto p : shown_percentiles) result.set(percentile_name(p), us(of.percentile(p)));
  result.set("max", us(of.max()));
  return result;
}

json to_json(const measurements& seen) {
  json result{{"operations", seen.operations},
              {"messages_in", seen.messages_in},
              {"bytes_in", seen.bytes_in},
              {"bytes_out", seen.bytes_out},
              {"ready", seen.ready},
              {"failed", seen.failed},
              {"lost", seen.lost},
              {"worst_lag_us", us(seen.worst_lag)}};
  json response;
  json service;
  for (const auto& [name, t] : seen.timings) {
    response.set(name, to_json(t.response));
    service.set(name, to_json(t.service));
  }
  json errors = json::object{};
  for (const auto& [error, count] : seen.errors) errors.set(error, count);
  result.set("response_us", std::move(response));
  result.set("service_us", std::move(service));
  result.set("errors", std::move(errors));
  return result;
}

json to_json(const sample& s) {
  json p99 = json::object{};
  for (const auto& [name, t] : s.seen.timings) p99.set(name, us(t.response.percentile(99)));
  json result{{"at_s", s.at_s},
              {"operations_s", static_cast<double>(s.seen.operations) / s.length_s},
              {"p99_us", std::move(p99)},
              {"lost", s.seen.lost}};
  if (s.server_cpu) result.set("server_cpu", *s.server_cpu);
  if (s.server_memory_mb) result.set("server_memory_mb", *s.server_memory_mb);
  return result;
}

json to_json(const server_use& s) {
  return {{"pid", s.pid},
          {"name", s.name},
          {"cpu", s.cpu},
          {"cpu_us_operation", s.cpu_us_operation},
          {"cpu_us_join", s.cpu_us_join},
          {"memory_mb", s.memory_mb},
          {"memory_kb_client", s.memory_kb_client}};
}

}  // namespace

std::string most_frequent_error(const measurements& seen) {
  const auto most = std::ranges::max_element(seen.errors, {}, [](const auto& e) { return e.second; });
  return most == seen.errors.end() ? "no answer" : most->first + " (" + grouped(most->second) + " times)";
}

std::string failure(const result& r) {
  const auto all = whole(r);
  if (all.ready > 0 && all.lost >= all.ready) return "all clients were lost: " + most_frequent_error(all);
  if (r.load.operations == 0 && r.load.unanswered > 0) return "nothing was answered: " + most_frequent_error(all);
  return {};
}

std::string to_text(const result& r) {
  std::string out;
  const auto& o = r.wanted;
  const auto all = whole(r);
  line(out, o.scenario_name, o.target.url + ", " + wanted_text(o) + (r.interrupted ? " (interrupted)" : ""));
  auto clients = grouped(r.ramp.ready) + " joined in " + fixed(r.ramp_s, 1) + " s, " + grouped(r.ramp.failed) +
                 " failed, " + grouped(all.lost) + " lost";
  line(out, "clients", clients);
  for (const auto& [name, t] : r.ramp.timings) line(out, "  " + name, percentiles(t.response));
  if (!r.samples.empty()) {
    const auto errors = r.load.all_errors();
    line(out, "operations",
         rate_text(r.rate) + " a second, " + grouped(r.load.operations) + " in " + fixed(r.load_s, 1) + " s" +
             (r.load.unanswered > 0 ? ", " + grouped(r.load.unanswered) + " not answered" : "") +
             (r.load.duplicates > 0 ? ", " + grouped(r.load.duplicates) + " received twice" : "") +
             (errors > 0 ? ", " + grouped(errors) + " errors" : ""));
    for (const auto& [name, t] : r.load.timings) line(out, "  " + name, percentiles(t.response));
    if (o.rate) {
      line(out, "", "since they were due; and since they were sent:");
      for (const auto& [name, t] : r.load.timings) line(out, "  " + name, percentiles(t.service));
    }
    line(out, "received",
         fixed(static_cast<double>(r.load.bytes_in) / r.load_s / 1e6, 2) + " MB/s, " +
             rate_text(static_cast<double>(r.load.messages_in) / r.load_s) + " messages/s");
    append_server(out, r);
    line(out, "load",
         fixed(r.own_cpu * 100, 0) + " % of a core" +
             (o.rate ? ", late by at most " + time_text(r.load.worst_lag) : ""));
    constexpr double nearly_all = 0.9;
    if (r.own_cpu > nearly_all * static_cast<double>(o.threads)) {
      line(out, "", "this program itself was too busy, so times and rates are its own; try more --threads");
    }
  }
  append_errors(out, all);
  return out;
}

std::string to_json(const result& r) {
  const auto& o = r.wanted;
  json wanted{{"scenario", o.scenario_name}, {"url", o.target.url},       {"clients", o.clients},
              {"topics", o.topics},          {"in_flight", o.in_flight},  {"duration_s", o.duration_s},
              {"threads", o.threads},        {"payload", o.payload_bytes}};
  wanted.set("rate", o.rate ? json{*o.rate} : json{});
  json::array samples;
  for (const auto& s : r.samples) samples.push_back(to_json(s));
  json all{{"wanted", std::move(wanted)},     {"ramp_s", r.ramp_s},
           {"ramp", to_json(r.ramp)},         {"load_s", r.load_s},
           {"load", to_json(r.load)},         {"operations_s", r.rate},
           {"unanswered", r.load.unanswered}, {"duplicates", r.load.duplicates},
           {"interrupted", r.interrupted},    {"own_cpu", r.own_cpu}};
  all.set("server", r.server ? to_json(*r.server) : json{});
  all.set("samples", std::move(samples));
  return all.dump() + '\n';
}

}  // namespace load
