#include <bennu/channels/internal/message_head.hpp>

#include <string>

#include <doctest/doctest.h>

using bennu::internal::head_of_array;
using bennu::internal::head_of_object;

TEST_CASE("an array's fifth element is left out, unread") {
  CHECK(head_of_array(R"(["1","2","room:1","say",{"a":1}])") == R"(["1","2","room:1","say",null])");
  CHECK(head_of_array(R"([null,[1,[2,3]],"room,1","\",[",{"a":[}])") == R"([null,[1,[2,3]],"room,1","\",[",null])");
  CHECK(head_of_array(R"( [ {"a":1,"b":2} , 2 , "t" , "e" , )") == R"( [ {"a":1,"b":2} , 2 , "t" , "e" ,null])");
}

TEST_CASE("an array that has no fifth element, or is none, stays as it is") {
  for (const std::string text : {"", "[", "[1,2,3,4]", "\"a", "[[1,2,3,4,5]]", "[\"1\",\"2\",\"room:1\\", "7"}) {
    CHECK(head_of_array(text) == text);
  }
}

TEST_CASE("an object's payload is left out, unread, wherever it is") {
  CHECK(head_of_object(R"({"topic":"t","event":"e","payload":{"payload":[1,{"x":"}"}]},"ref":"1"})") ==
        R"({"topic":"t","event":"e","payload":null,"ref":"1"})");
  CHECK(head_of_object(R"({"payload" : "a,b\"}" , "ref":"1"})") == R"({"payload" :null, "ref":"1"})");
  CHECK(head_of_object(R"({"ref":"payload","payload":[1,2]})") == R"({"ref":"payload","payload":null})");
  CHECK(head_of_object(R"({"payload":1,"payload":[[[]]],"ref":1})") == R"({"payload":null,"payload":null,"ref":1})");
}

TEST_CASE("an object without a payload, or one that does not end, stays no message") {
  CHECK(head_of_object(R"({"topic":"t"})") == R"({"topic":"t"})");
  CHECK(head_of_object(R"({"x":{"payload":1}})") == R"({"x":{"payload":1}})");
  CHECK(head_of_object(R"({"payload":{"a")") == R"({"payload":null)");
  CHECK(head_of_object("") == "");
}
