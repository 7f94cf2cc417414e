#include <cstdio>
#include <exception>
#include <fstream>
#include <stdexcept>
#include <string>

#include "options.hpp"
#include "result.hpp"
#include "run.hpp"

namespace {

/// Reports a file that cannot be written before the run. Does not change its content.
bool can_write(const std::string& name) { return std::ofstream{name, std::ios::app}.is_open(); }

void write_file(const std::string& name, const std::string& contents) {
  std::ofstream out{name, std::ios::binary};
  out << contents;
  out.close();
  if (!out) throw std::runtime_error("cannot write " + name);
}

}  // namespace

/// Puts load on a server of the Phoenix protocol. docs/guide/load.md describes its use.
int main(int argc, char** argv) {
  const auto read = load::parse_options(argc, argv);
  if (const auto* said = std::get_if<load::exit_message>(&read)) {
    std::fputs(said->text.c_str(), said->exit_code == 0 ? stdout : stderr);
    return said->exit_code;
  }
  const auto& wanted = std::get<load::options>(read);
  for (const auto& name : {wanted.json_file, wanted.svg_file}) {
    if (name.empty() || can_write(name)) continue;
    std::fprintf(stderr, "load: cannot write %s\n", name.c_str());
    return 2;
  }
  try {
    const auto result = load::run(wanted);
    std::fputs(load::to_text(result).c_str(), stdout);
    if (!wanted.json_file.empty()) write_file(wanted.json_file, load::to_json(result));
    if (!wanted.svg_file.empty()) write_file(wanted.svg_file, load::to_svg(result));
    const auto why = load::failure(result);
    if (!why.empty()) throw std::runtime_error(why);
    return 0;
  } catch (const std::exception& e) {
    std::fprintf(stderr, "load: %s\n", e.what());
    return 1;
  }
}
