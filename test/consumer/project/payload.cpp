// The lowest layer by itself: a payload is read and written.
#include <iostream>
#include <string>
#include <variant>

#include <bennu/runtime/codec.hpp>
#include <bennu/runtime/json_parse.hpp>

struct message {
  std::string body;
  static void fields(auto& self, auto&& f) { f("body", self.body); }
};

int main() {
  const auto parsed = bennu::parse_json(R"({"body":"hi"})", 8);
  const auto* value = std::get_if<bennu::json>(&parsed);
  if (value == nullptr) return 1;
  const auto decoded = bennu::decode<message>(*value);
  const auto* said = std::get_if<message>(&decoded);
  if (said == nullptr || bennu::encode(*said).dump() != R"({"body":"hi"})") return 1;
  std::cout << "heard: " << said->body << '\n';
}
