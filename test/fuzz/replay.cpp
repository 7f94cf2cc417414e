// Tries the inputs in the folders of the command line, without a fuzzer, so that earlier findings are tested for ever.
#include <cstdio>
#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "fuzz.hpp"

int main(int argc, char** argv) {
  int tried = 0;
  for (int i = 1; i < argc; ++i) {
    for (const auto& entry : std::filesystem::directory_iterator{argv[i]}) {
      std::ifstream file{entry.path(), std::ios::binary};
      const std::string input{std::istreambuf_iterator<char>{file}, {}};
      try_input(input);
      ++tried;
    }
  }
  std::printf("%d inputs tried\n", tried);
  return tried > 0 ? 0 : 1;
}
