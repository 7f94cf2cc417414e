#pragma once

#include <string>
#include <string_view>

#include <bennu/pubsub/caf_adapter/cluster_options.hpp>
#include <bennu/runtime/limits.hpp>

namespace bennu {

/// The options of the command line that make a node of a program, as lines for `--help`.
extern const char* const cluster_args_help;

/// Takes one of them. @returns false where it is none of them
/// @throws std::invalid_argument that says why the value is of no use
bool take_cluster_arg(std::string_view option, std::string_view value, cluster_options& to, limits& l);

/// Whether there is such an option.
bool is_cluster_arg(std::string_view option) noexcept;

/// To be called when all were taken. @throws std::invalid_argument that says what is missing or does not fit
void check_cluster_args(const cluster_options& all, const limits& l);

}  // namespace bennu
