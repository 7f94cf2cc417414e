#pragma once

#include <string>
#include <vector>

#include <bennu/channels/internal/option.hpp>
#include <bennu/channels/internal/option_settings.hpp>

namespace bennu {

/// Reads a TOML file with options by name at its top level: `cluster_port = 4370`, `origin = ["https://a.test"]`.
/// @throws std::invalid_argument "FILE:LINE:COLUMN: …" for a text that is not TOML, an unknown option or a wrong value;
/// also if the file cannot be read
void read_config_file(const std::vector<option>& all, const std::string& path, option_settings& to);

}  // namespace bennu
