#include <bennu/runtime/metrics_format.hpp>

namespace bennu {

void append_description(std::string& out, metrics_format format, std::string_view name, std::string_view help,
                        bool is_gauge) {
  constexpr std::string_view of_counters = "_total";
  // OpenMetrics describes a counter without the end of its name.
  if (format == metrics_format::open_metrics && !is_gauge && name.ends_with(of_counters)) {
    name.remove_suffix(of_counters.size());
  }
  out.append("# HELP ").append(name).append(" ").append(help);
  out.append("\n# TYPE ").append(name).append(is_gauge ? " gauge\n" : " counter\n");
}

}  // namespace bennu
