#pragma once

#include <filesystem>

#include <bennu/channels/config.hpp>

namespace chat {

/// The options of the command line.
struct options {
  bennu::config server;
  std::filesystem::path www;      ///< the page's folder, which has an index.html
  std::filesystem::path phoenix;  ///< the folder of phoenix.mjs, Phoenix's JavaScript client

  /// Reads `--www DIR` besides the options of `bennu::config::from_args`. The npm package phoenix is looked for where
  /// `npm ci` puts it, in the folder node_modules beside DIR.
  ///
  /// A mistake is one line on standard error. The program exits with 2 if the command line cannot be read, with 1 if
  /// files are missing.
  static options from_args(int argc, char** argv);
};

}  // namespace chat
