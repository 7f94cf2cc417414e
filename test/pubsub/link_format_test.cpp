#include <bennu/pubsub/internal/link_format.hpp>

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <bennu/pubsub/internal/interest_map.hpp>

#include <doctest/doctest.h>

using namespace bennu;

namespace {

using lines = std::vector<std::string>;

struct reader final : batch_reader {
  void on(const record_message& record) override { seen.push_back("message " + std::string{record.bytes}); }
  void on(const record_interest& record) override {
    seen.push_back("interest " + std::to_string(record.number) + ' ' + std::to_string(record.bits.size()));
  }
  void on(const record_interest_changes& record) override {
    seen.push_back("changes " + std::to_string(record.number) + ' ' + std::to_string(record.changes.size() / 4));
  }
  void on(const record_confirmed& record) override {
    seen.push_back("confirmed " + std::to_string(record.bytes) + ' ' + std::to_string(record.messages) + ' ' +
                   std::to_string(record.change));
  }
  void on(const record_node& record) override {
    seen.push_back("node " + record.node.name + ' ' + to_string(record.node.address));
  }
  void on(const record_dropped&) override { seen.emplace_back("dropped"); }
  void on(const record_leave&) override { seen.emplace_back("leave"); }
  lines seen;
};

}  // namespace

TEST_CASE("an address is a host and a port, with brackets around an IPv6 address") {
  for (const auto* text : {"a.example:4370", "10.0.0.1:1", "[::1]:65535"}) {
    const auto read = parse_node_address(text);
    REQUIRE(read.has_value());
    CHECK(to_string(*read) == text);
  }
  for (const auto* text : {"", "a", "a:", ":1", "a:0", "a:65536", "a:1x", "::1:4370", "[]:1"}) {
    CHECK_MESSAGE(!parse_node_address(text).has_value(), std::string{text});
  }
}

TEST_CASE("a node's name is short, printable and has no spaces") {
  CHECK(is_node_name("chat-1@10.0.0.1"));
  CHECK(is_node_name(std::string(255, 'x')));
  for (const auto& name :
       {std::string{}, std::string(256, 'x'), std::string{"a b"}, std::string{"a\n"}, std::string{"\xc3\xa9"}}) {
    CHECK_FALSE(is_node_name(name));
  }
}

TEST_CASE("a hello arrives as it was sent, and no beginning of it is one") {
  const node_hello sent{{"a", 7}, {"", 4370}, {{"b", {"10.0.0.2", 4370}}, {"c", {"::1", 1}}}, hello_purpose::actors};
  const auto bytes = encode(sent);
  const auto read = decode_node_hello(bytes);
  const auto* heard = std::get_if<node_hello>(&read);
  REQUIRE(heard != nullptr);
  CHECK(heard->self == sent.self);
  CHECK(heard->address == sent.address);
  CHECK(heard->purpose == hello_purpose::actors);
  REQUIRE(heard->others.size() == 2);
  CHECK(heard->others[1].name == "c");
  CHECK(heard->others[1].address == node_address{"::1", 1});
  const auto malformed = [](std::string_view text) {
    const auto result = decode_node_hello(text);
    const auto* error = std::get_if<hello_error>(&result);
    return error != nullptr && *error == hello_error::malformed;
  };
  for (std::size_t n = 0; n < bytes.size(); ++n) CHECK(malformed(std::string_view{bytes}.substr(0, n)));
  CHECK(malformed(bytes + 'x'));
  CHECK(malformed(encode_welcome(sent)));
}

TEST_CASE("a hello of another version is distinguished from other bytes, and so is an answer") {
  auto bytes = encode(node_hello{{"a", 7}, {}, {}});
  bytes[5] = 99;
  const auto hello = decode_node_hello(bytes);
  REQUIRE(std::holds_alternative<hello_error>(hello));
  CHECK(std::get<hello_error>(hello) == hello_error::other_version);
  auto welcome = encode_welcome(node_hello{{"a", 7}, {}, {}});
  welcome[5] = 99;
  const auto answer = decode_hello_answer(welcome);
  REQUIRE(std::holds_alternative<hello_error>(answer));
  CHECK(std::get<hello_error>(answer) == hello_error::other_version);
}

TEST_CASE("an answer to a hello is a welcome or a refusal; a refusal of any version is read") {
  const auto welcome = decode_hello_answer(encode_welcome(node_hello{{"a", 7}, {"h", 1}, {}}));
  REQUIRE(std::holds_alternative<node_hello>(welcome));
  CHECK(std::get<node_hello>(welcome).self == node_id{"a", 7});
  auto bytes = encode(node_refusal{refusal_reason::connected_already, "b"});
  bytes[5] = 99;
  const auto refused = decode_hello_answer(bytes);
  REQUIRE(std::holds_alternative<node_refusal>(refused));
  CHECK(std::get<node_refusal>(refused).reason == refusal_reason::connected_already);
  CHECK(std::get<node_refusal>(refused).text == "b");
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    CHECK(std::holds_alternative<hello_error>(decode_hello_answer(bytes.substr(0, n))));
  }
}

TEST_CASE("a hello without a name or without an incarnation is none") {
  CHECK(std::holds_alternative<hello_error>(decode_node_hello(encode(node_hello{{"", 7}, {"", 1}, {}}))));
  CHECK(std::holds_alternative<hello_error>(decode_node_hello(encode(node_hello{{"a", 0}, {"", 1}, {}}))));
}

TEST_CASE("the records of a batch are read in order") {
  std::string batch;
  append(batch, record_interest{1, std::string(interest_map::bytes, '\0')});
  append(batch, record_interest{2, ""});
  append(batch, 3, std::vector<std::uint32_t>{2, 3});
  append(batch, record_message{"x"});
  append(batch, record_message{""});
  append(batch, record_confirmed{4, 5, 6});
  append(batch, record_node{{"b", {"host", 6}}});
  append(batch, record_dropped{});
  append(batch, record_leave{});
  reader r;
  CHECK(r.read(batch));
  CHECK(r.seen == lines{"interest 1 131072", "interest 2 0", "changes 3 2", "message x", "message ", "confirmed 4 5 6",
                        "node b host:6", "dropped", "leave"});
}

TEST_CASE("a batch that is cut off, or has an unknown record, is malformed; the records before were processed") {
  std::string batch;
  append(batch, record_message{"first"});
  append(batch, record_message{"second"});
  const std::size_t first = 1 + 4 + 5;
  for (std::size_t n = 1; n < batch.size(); ++n) {
    reader cut;
    CHECK(cut.read(batch.substr(0, n)) == (n == first));
    CHECK(cut.seen.size() == (n < first ? 0 : 1));
  }
  reader r;
  CHECK_FALSE(r.read(batch + '?'));
  CHECK(r.seen.size() == 2);
  std::string odd;
  append(odd, record_interest{1, "too short"});
  CHECK_FALSE(r.read(odd));
}
