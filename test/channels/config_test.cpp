#include <bennu/channels/config.hpp>

#include <algorithm>
#include <array>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>
#include <string_view>
#include <vector>

#include <unistd.h>

#include <bennu/channels/internal/config_file.hpp>
#include <bennu/channels/internal/option.hpp>
#include <bennu/channels/internal/option_settings.hpp>
#include <bennu/channels/internal/option_text.hpp>
#include <bennu/channels/internal/option_value.hpp>

#include <doctest/doctest.h>

namespace {

using bennu::config;
using bennu::option;
using bennu::option_settings;
using bennu::program_option;
using texts = std::vector<std::string>;

config read(texts args, const std::vector<program_option>& own) {
  args.insert(args.begin(), "program");
  std::vector<char*> argv;
  for (auto& arg : args) argv.push_back(arg.data());
  return config::from_args(static_cast<int>(argv.size()), argv.data(), {}, own);
}

const std::vector<option>& all() {
  static const auto options = [] {
    auto made = bennu::server_options();
    for (auto&& more : {bennu::cluster_option_list(), bennu::limit_options()}) {
      made.insert(made.end(), more.begin(), more.end());
    }
    return made;
  }();
  return options;
}

/// The configuration that an environment and a command line make.
struct sources {
  std::vector<const char*> environment;
  std::vector<std::string_view> arguments;

  option_settings settings() const {
    auto variables = environment;
    variables.push_back(nullptr);
    option_settings made;
    bennu::read_environment(all(), variables.data(), made);
    bennu::read_command_line(all(), arguments, made);
    return made;
  }

  config result() const {
    config made;
    bennu::apply(settings(), made);
    return made;
  }

  std::string error() const {
    try {
      result();
    } catch (const std::invalid_argument& e) {
      return e.what();
    }
    return {};
  }
};

}  // namespace

TEST_CASE("a program's own options stand among the others, in any order and as often as they like") {
  texts folders;
  const program_option folder{"--www", "DIR", "a folder", [&](std::string_view value) { folders.emplace_back(value); }};
  const auto result = read({"--www", "a", "--port", "4001", "--www", "--port", "--host", "::"}, {folder});
  CHECK(folders == texts{"a", "--port"});
  CHECK(result.port == 4001);
  CHECK(result.host == "::");
}

TEST_CASE("the command line comes before the environment, and the environment before the defaults") {
  CHECK(sources{{}, {}}.result().port == 4000);
  CHECK(sources{{"BENNU_PORT=4001"}, {}}.result().port == 4001);
  CHECK(sources{{"BENNU_PORT=4001"}, {"--port", "4002"}}.result().port == 4002);
  CHECK(sources{{"BENNU_PORT="}, {}}.result().port == 4000);
}

TEST_CASE("of a value that the command line gives twice the last counts, and a list has all of them") {
  CHECK(sources{{}, {"--port", "1", "--port", "2"}}.result().port == 2);
  const auto origins =
      sources{{"BENNU_ORIGIN=https://a.test"}, {"--origin", "https://b.test", "--origin", "//*.c.test"}}
          .result()
          .origins;
  CHECK(origins == texts{"https://b.test", "//*.c.test"});
  CHECK(sources{{"BENNU_ORIGIN=https://a.test,//b.test"}, {}}.result().origins == texts{"https://a.test", "//b.test"});
}

TEST_CASE("every limit is an option") {
  CHECK(sources{{}, {"--max-connections", "5"}}.result().limits.max_connections == 5);
  CHECK(sources{{"BENNU_MAX_FRAME_BYTES=2MiB"}, {}}.result().limits.max_frame_bytes == 2 * 1024 * 1024);
  CHECK(sources{{}, {"--idle-timeout", "30s"}}.result().limits.idle_timeout == std::chrono::seconds{30});
  CHECK(sources{{}, {"--node-timeout", "250"}}.result().limits.node_timeout == std::chrono::milliseconds{250});
  for (const auto& o : bennu::limit_options()) {
    config c;
    const auto before = o.get(c);
    o.set(c, before);
    CHECK_MESSAGE(o.get(c) == before, o.name);
    auto other = std::to_string(std::stoull(before.front()) + 1);
    o.set(c, {other});
    CHECK_MESSAGE(o.get(c).front() == other, o.name);
  }
}

TEST_CASE("a wrong value is reported with its source, the expected form and the text") {
  CHECK(sources{{}, {"--port", "http"}}.error() == "--port: takes a number from 0 to 65535, got \"http\"");
  CHECK(sources{{"BENNU_PORT=80x"}, {}}.error() == "BENNU_PORT: takes a number from 0 to 65535, got \"80x\"");
  CHECK(sources{{}, {"--threads", "256"}}.error() == "--threads: takes a number from 0 to 255, got \"256\"");
  CHECK(sources{{}, {"--log-level", "loud"}}.error() ==
        "--log-level: takes debug, info, warning or error, got \"loud\"");
  CHECK(sources{{}, {"--node-timeout", "99"}}.error().starts_with("--node-timeout: takes milliseconds"));
  CHECK(sources{{}, {"--max-frame-bytes", "1 TB"}}.error().ends_with("got \"1 TB\""));
  CHECK(sources{{}, {"--origin", "nonsense"}}.error().starts_with("--origin: "));
  CHECK(sources{{}, {"--port"}}.error() == "--port wants a value");
}

TEST_CASE("an unknown option is reported, with the one that may be meant") {
  CHECK(sources{{}, {"--prot", "1"}}.error() ==
        "unknown option \"--prot\" (did you mean --port?); --help names all options");
  CHECK(sources{{}, {"--max-conections", "1"}}.error() ==
        "unknown option \"--max-conections\" (did you mean --max-connections?); --help names all options");
  CHECK(sources{{}, {"--nonsense"}}.error() == "unknown option \"--nonsense\"; --help names all options");
  CHECK(sources{{}, {"port"}}.error() == "unknown option \"port\"; --help names all options");
}

TEST_CASE("an unknown variable is only warned about, and so are the variables of a Kubernetes service") {
  const auto made = sources{{"BENNU_PROT=1", "BENNU_PORT=tcp://10.0.0.1:4000", "BENNUX=1", "HOME=/"}, {}}.settings();
  CHECK(made.warnings ==
        texts{"BENNU_PROT is no option: it is ignored (did you mean BENNU_PORT?)",
              "BENNU_PORT=tcp://10.0.0.1:4000 is no port, but a service of Kubernetes: it is ignored"});
  CHECK(made.of.empty());
}

TEST_CASE("an old name of an option works, with a warning") {
  option renamed{.name = "new_name", .value = "N", .help = "", .old_name = "old_name"};
  const std::vector<option> options{renamed};
  option_settings made;
  bennu::read_command_line(options, {"--old-name", "1"}, made);
  CHECK(made.of.at(&options.front()).values == texts{"1"});
  CHECK(made.warnings == texts{"--old-name is now called --new-name; the old name works until 0.3"});
}

namespace {

/// A file of options, and the results of reading it.
class options_file {
public:
  explicit options_file(std::string_view text) { std::ofstream{path_} << text; }
  ~options_file() { std::filesystem::remove(path_); }
  options_file(const options_file&) = delete;
  options_file& operator=(const options_file&) = delete;

  config read() const {
    option_settings settings;
    bennu::read_config_file(all(), path_, settings);
    config made;
    bennu::apply(settings, made);
    return made;
  }

  /// The error, without the path.
  std::string error() const {
    try {
      read();
    } catch (const std::invalid_argument& e) {
      const std::string text = e.what();
      return text.starts_with(path_) ? text.substr(path_.size()) : text;
    }
    return {};
  }

  const std::string& path() const { return path_; }

private:
  std::string path_ =
      (std::filesystem::temp_directory_path() / ("bennu_options_" + std::to_string(::getpid()))).string();
};

}  // namespace

TEST_CASE("a file gives options by name, its lists are arrays") {
  const options_file file{
      "port = 4001\nmax_connections = 5\nidle_timeout = \"30s\"\norigin = [\"//a.test\", \"//b.test\"]\n"
      "seed = \"a:1\"\n"};
  const auto made = file.read();
  CHECK(made.port == 4001);
  CHECK(made.limits.max_connections == 5);
  CHECK(made.limits.idle_timeout == std::chrono::seconds{30});
  CHECK(made.origins == texts{"//a.test", "//b.test"});
  CHECK(made.cluster.seeds == texts{"a:1"});
}

TEST_CASE("the command line comes before the file") {
  const options_file file{"port = 4001\nhost = \"::\"\n"};
  const auto made = read({"--port", "4002", "--config", file.path()}, {});
  CHECK(made.port == 4002);
  CHECK(made.host == "::");
}

TEST_CASE("a fault in a file is reported with its line and column") {
  CHECK(options_file{"port = 1\nprot = 2\n"}.error() == ":2:1: unknown option \"prot\" (did you mean port?)");
  CHECK(options_file{"port = \"http\"\n"}.error() == ":1:8: port: takes a number from 0 to 65535, got \"http\"");
  CHECK(options_file{"host = [\"a\"]\n"}.error() == ":1:8: host: takes one value, got a list");
  CHECK(options_file{"port = 1.5\n"}.error() == ":1:8: port: takes a string or a whole number");
  CHECK(options_file{"[limits]\nport = 1\n"}.error().ends_with("unknown option \"limits\""));
  CHECK(options_file{"\nport = \n"}.error().starts_with(":2:"));
  option_settings unused;
  CHECK_THROWS_AS(bennu::read_config_file(all(), "/nonexistent", unused), std::invalid_argument);
}

TEST_CASE("numbers may have units, and nothing else behind them") {
  CHECK(bennu::milliseconds_of("90", 0, 1'000'000) == 90);
  CHECK(bennu::milliseconds_of("2 min", 0, 1'000'000) == 120'000);
  CHECK(bennu::count_of("8MiB", 0, 100'000'000) == 8 * 1024 * 1024);
  CHECK(bennu::count_of("8kB", 0, 100'000'000) == 8'000);
  for (const auto* text : {"", "x", "-1", "1.5s", "1 s ", "1s1", "1000000000000000000000", "200000000000000h"}) {
    CHECK_THROWS_AS(bennu::milliseconds_of(text, 0, 1'000'000), std::invalid_argument);
  }
}

TEST_CASE("the values in effect are printed with their sources, secrets hidden") {
  const sources from{{"BENNU_REDIS=redis://:hidden@host"}, {"--port", "4001", "--origin", "//a.test"}};
  const auto settings = from.settings();
  config c;
  bennu::apply(settings, c);
  const auto text = bennu::config_text(all(), settings, c);
  CHECK(text.find("port = 4001  # --port\n") != std::string::npos);
  CHECK(text.find("host = \"127.0.0.1\"  # default\n") != std::string::npos);
  CHECK(text.find("origin = [\"//a.test\"]  # --origin\n") != std::string::npos);
  CHECK(text.find("redis = \"***\"  # BENNU_REDIS\n") != std::string::npos);
  CHECK(text.find("hidden") == std::string::npos);
  CHECK(text.find("# node is not set\n") != std::string::npos);
}
