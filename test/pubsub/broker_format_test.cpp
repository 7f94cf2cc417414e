#include <bennu/pubsub/internal/broker_format.hpp>

#include <string>

#include <doctest/doctest.h>

using namespace bennu;

namespace {

const node_id ana{"ana", 7};

/// Encodes, and reads it again as the same kind.
template <class Message>
Message again(const Message& message) {
  static std::string bytes;
  bytes = encode(message);
  const auto read = decode_broker_message(bytes);
  REQUIRE(read);
  REQUIRE(std::holds_alternative<Message>(*read));
  return std::get<Message>(*read);
}

}  // namespace

TEST_CASE("messages between nodes are read as they were written") {
  const auto hello = again(broker_hello{ana, broker_hello::purpose::farewell});
  CHECK(hello.from == ana);
  CHECK(hello.why == broker_hello::purpose::farewell);
  const auto batch = again(broker_batch{ana, 1, 2, 3, "records"});
  CHECK(batch.from == ana);
  CHECK(batch.to_incarnation == 1);
  CHECK(batch.link == 2);
  CHECK(batch.number == 3);
  CHECK(batch.records == "records");
  const auto reset = again(broker_reset{ana, 1, 2});
  CHECK(reset.from == ana);
  CHECK(reset.to_incarnation == 1);
  CHECK(reset.link == 2);
}

TEST_CASE("bytes that are cut off, too long or of another kind are refused") {
  for (const auto& whole : {encode(broker_hello{ana}), encode(broker_reset{ana, 1, 2})}) {
    for (std::size_t size = 0; size < whole.size(); ++size) {
      CAPTURE(size);
      CHECK_FALSE(decode_broker_message(std::string_view{whole}.substr(0, size)));
    }
    CHECK_FALSE(decode_broker_message(whole + 'x'));
  }
  const auto batch = encode(broker_batch{ana, 1, 2, 3, ""});
  CHECK(decode_broker_message(batch));
  CHECK_FALSE(decode_broker_message(std::string_view{batch}.substr(0, batch.size() - 1)));
  auto other = encode(broker_hello{ana});
  other.back() = 3;
  CHECK_FALSE(decode_broker_message(other));
  other = encode(broker_hello{ana});
  other[5] = 2;  // another version
  CHECK_FALSE(decode_broker_message(other));
}

TEST_CASE("a node without a name or a run, and a link without a number, are none") {
  CHECK_FALSE(decode_broker_message(encode(broker_hello{{"", 1}})));
  CHECK_FALSE(decode_broker_message(encode(broker_hello{{"two words", 1}})));
  CHECK_FALSE(decode_broker_message(encode(broker_hello{{"ana", 0}})));
  CHECK_FALSE(decode_broker_message(encode(broker_batch{ana, 1, 0, 0, ""})));
  CHECK_FALSE(decode_broker_message(encode(broker_reset{ana, 1, 0})));
}
