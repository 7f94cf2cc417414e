#include <bennu/channels/internal/config_source.hpp>

#include <filesystem>
#include <fstream>
#include <memory>
#include <stdexcept>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <unistd.h>

#include <doctest/doctest.h>

using bennu::config;
using bennu::config_source;
using texts = std::vector<std::string>;

namespace {

/// A file of options, and a source that reads it.
class reloaded_file {
public:
  explicit reloaded_file(std::string_view text, config defaults = {}) {
    write(text);
    auto options = bennu::server_options();
    options.push_back(bennu::config_file_option());
    for (auto&& more : {bennu::admin_options(), bennu::cluster_option_list(), bennu::limit_options()}) {
      options.insert(options.end(), more.begin(), more.end());
    }
    options.push_back(
        {.name = "own", .value = "TEXT", .help = "", .is_list = true, .set = [this](auto&, const auto& v) {
           own = v;
         }});
    source = std::make_unique<config_source>(std::move(options), arguments(), std::move(defaults));
    result = source->read();
  }
  ~reloaded_file() { std::filesystem::remove(path_); }
  reloaded_file(const reloaded_file&) = delete;
  reloaded_file& operator=(const reloaded_file&) = delete;

  void write(std::string_view text) const { std::ofstream{path_, std::ios::trunc} << text; }

  /// Reads the file again and applies it. @returns the lines about options that need a restart, without the path
  texts reload() {
    const auto changes = source->reread();
    source->apply(changes.reloadable, result);
    return lines_of(changes.others);
  }

  texts lines_of(const std::vector<config_source::change>& changes) const {
    texts lines;
    for (const auto& one : changes) {
      lines.push_back(one.text.starts_with(path_) ? one.text.substr(path_.size()) : one.text);
    }
    return lines;
  }

  std::string error() const {
    try {
      source->reread();
    } catch (const std::invalid_argument& e) {
      return e.what();
    }
    return {};
  }

  const std::string& path() const { return path_; }

  texts own;
  std::unique_ptr<config_source> source;
  config result;

private:
  std::vector<std::string_view> arguments() const { return {"--config", path_, "--port", "4001"}; }

  std::string path_ =
      (std::filesystem::temp_directory_path() / ("bennu_reload_" + std::to_string(::getpid()))).string();
};

}  // namespace

TEST_CASE("limits, origins and the log level of the file are applied when it is read again") {
  reloaded_file file{""};
  file.write("max_frame_bytes = 200\nlog_level = \"error\"\norigin = [\"//a.test\"]\n");
  CHECK(file.reload().empty());
  CHECK(file.result.limits.max_frame_bytes == 200);
  CHECK(file.result.origins == texts{"//a.test"});
  CHECK_FALSE(file.result.logger.enabled(bennu::log_level::warning));
  file.write("");
  CHECK(file.reload().empty());
  CHECK(file.result.limits.max_frame_bytes == bennu::limits{}.max_frame_bytes);
  CHECK(file.result.origins.empty());
  CHECK(file.result.logger.enabled(bennu::log_level::info));
}

TEST_CASE("an option that the file does not give any more has the program's default again") {
  config defaults;
  defaults.limits.max_frame_bytes = 300;
  reloaded_file file{"max_frame_bytes = 200\n", std::move(defaults)};
  file.write("");
  CHECK(file.reload().empty());
  CHECK(file.result.limits.max_frame_bytes == 300);
}

TEST_CASE("each change that needs a restart is described until it is undone, and is not applied") {
  reloaded_file file{"threads = 2\n"};
  file.write("threads = 3\nnode_timeout = 5000\nown = \"x\"\nport = 9\n");
  const texts expected{":1:11: threads is now 3; the server keeps 2 until it is restarted",
                       ":2:16: node_timeout is now 5000; the server keeps 4000 until it is restarted",
                       ":3:7: own is now x; the server keeps not set until it is restarted"};
  CHECK(file.reload() == expected);
  CHECK(file.reload() == expected);
  CHECK(file.result.threads == 2);
  CHECK(file.result.limits.node_timeout.count() == 4000);
  CHECK(file.own.empty());
  file.write("threads = 2\n");
  CHECK(file.reload().empty());
}

TEST_CASE("a listener cannot get TLS, or lose it, by a reload, but its files may change") {
  reloaded_file file{""};
  file.write("cert = \"a\"\nkey = \"b\"\n");
  CHECK(file.reload().size() == 2);
  CHECK_FALSE(file.result.tls);
  reloaded_file with_tls{"cert = \"a\"\nkey = \"b\"\n"};
  with_tls.write("cert = \"c\"\nkey = \"b\"\n");
  CHECK(with_tls.reload().empty());
  CHECK(with_tls.result.tls->certificate == "c");
  with_tls.write("");
  CHECK(with_tls.reload().size() == 2);
  CHECK(with_tls.result.tls->certificate == "c");
}

TEST_CASE("a secret is described as changed, and not shown") {
  reloaded_file file{"redis = \"redis://:first@a\"\nnode = \"a\"\n"};
  file.write("redis = \"redis://:second@a\"\nnode = \"a\"\n");
  CHECK(file.reload() == texts{":1:9: redis has changed; the server keeps the earlier value until it is restarted"});
}

TEST_CASE("a fault in the file is reported with its place, and changes nothing") {
  reloaded_file file{"max_frame_bytes = 200\n"};
  file.write("max_frame_bytes = 300\nprot = 1\n");
  CHECK(file.error() == file.path() + ":2:1: unknown option \"prot\" (did you mean port?)");
  file.write("max_frame_bytes = 300\ncert = \"a\"\n");
  CHECK(file.error() == "--cert and --key are of use only together");
  CHECK(file.result.limits.max_frame_bytes == 200);
}
