#pragma once

#include <cstdint>
#include <string>

#include "histogram.hpp"

namespace load {

/// 1234567 as "1,234,567".
std::string grouped(std::uint64_t number);

/// A number with this many digits after the point.
std::string fixed(double number, int digits);

/// A duration in the unit that suits it, with three digits: "12.3 us", "0.45 s".
std::string time_text(duration time);

}  // namespace load
