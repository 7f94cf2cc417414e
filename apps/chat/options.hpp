#pragma once

#include <filesystem>

#include <bennu/channels/config.hpp>

namespace chat {

/// What the command line says.
struct options {
  bennu::config server;
  std::filesystem::path www;      ///< the page's folder, which has an index.html
  std::filesystem::path phoenix;  ///< the folder of phoenix.mjs, Phoenix's JavaScript client

  /// Reads `--www DIR` besides the options of `bennu::config::from_args`. The npm package phoenix is looked for where
  /// `npm ci` puts it, in the folder node_modules beside DIR.
  ///
  /// What is wrong is said in one line on standard error: the program exits with 2 where the command line cannot be
  /// read, with 1 where files are missing.
  static options from_args(int argc, char** argv);
};

}  // namespace chat
