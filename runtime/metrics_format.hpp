#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bennu {

/// The text formats in which Prometheus reads metrics.
enum class metrics_format : std::uint8_t {
  prometheus,    ///< the text format 0.0.4
  open_metrics,  ///< OpenMetrics 1.0; the page ends with `end_of_open_metrics`
};

inline constexpr std::string_view end_of_open_metrics = "# EOF\n";

/// Appends the lines that describe a metric. Its values follow, each on a line that begins with its name.
/// @param name as in the format 0.0.4: that of a counter ends with "_total"
void append_description(std::string& out, metrics_format format, std::string_view name, std::string_view help,
                        bool is_gauge);

}  // namespace bennu
