#pragma once

#include <optional>
#include <string>
#include <vector>

#include "measurements.hpp"
#include "options.hpp"

namespace load {

/// About a second of the measured load.
struct sample {
  double at_s = 0;  ///< end of the sample, since the measurement began
  double length_s = 0;
  measurements seen;
  std::optional<double> server_cpu;  ///< cores
  std::optional<double> server_memory_mb;
};

/// The resources that the server used, if they are known.
struct server_use {
  int pid = 0;
  std::string name;
  double cpu = 0;               ///< cores, during the measurement
  double cpu_us_operation = 0;  ///< for each operation of the load
  double cpu_us_join = 0;       ///< for each client while the clients connected and joined
  double memory_mb = 0;         ///< at the end
  double memory_kb_client = 0;  ///< growth for each client while the clients connected
};

/// The result of a run. A plain value.
struct result {
  options wanted;
  measurements ramp;  ///< while the clients connected
  double ramp_s = 0;
  measurements load;  ///< during the measurement, and of operations that began in it
  double load_s = 0;
  double rate = 0;  ///< operations a second
  std::vector<sample> samples;
  std::optional<server_use> server;
  double own_cpu = 0;  ///< cores that this program used
  bool interrupted = false;
};

/// The most frequent error, to explain why no result was obtained.
std::string most_frequent_error(const measurements& seen);
/// The reason why there is no result: all clients were lost, or nothing was answered. Empty if there is a result.
std::string failure(const result& of);

/// The report as text.
std::string to_text(const result& of);
/// The report as JSON. docs/guide/load.md describes the members.
std::string to_json(const result& of);
/// A plot of the latencies by percentile, and of the course of the run.
std::string to_svg(const result& of);

}  // namespace load
