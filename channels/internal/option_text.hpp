#pragma once

#include <string>
#include <string_view>
#include <vector>

#include <bennu/channels/internal/option.hpp>
#include <bennu/channels/internal/option_settings.hpp>

namespace bennu {

/// The text of `--help`. @param defaults the values that are shown as such
std::string help_text(std::string_view program, const std::vector<option>& all, const config& defaults);

/// The values in effect, one line each in the syntax of TOML, with their sources as comments and secrets as `***`.
std::string config_text(const std::vector<option>& all, const option_settings& given, const config& in_effect);

}  // namespace bennu
