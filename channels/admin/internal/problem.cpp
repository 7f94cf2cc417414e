#include <bennu/channels/admin/internal/problem.hpp>

#include <utility>

namespace bennu {

json problem_document(unsigned status, std::string detail) {
  json document{{"status", status}, {"title", reason_phrase(status)}};
  if (!detail.empty()) document.set("detail", std::move(detail));
  return document;
}

http_response problem(unsigned status, std::string detail) {
  auto made = http_response::json(status, problem_document(status, std::move(detail)));
  made.headers = {{"content-type", "application/problem+json"}, {"cache-control", "no-store"}};
  return made;
}

http_response problem_for_now(unsigned status, std::chrono::steady_clock::duration time, std::string detail) {
  auto made = problem(status, std::move(detail));
  made.headers.add("retry-after", std::to_string(std::chrono::ceil<std::chrono::seconds>(time).count()));
  return made;
}

http_response problem_of(const api_fault& fault) {
  const auto time = fault.retry_after();
  return time.count() == 0 ? problem(fault.status(), fault.what())
                           : problem_for_now(fault.status(), time, fault.what());
}

http_response unshared(http_response answer) {
  answer.headers.add("cache-control", "no-store");
  return answer;
}

}  // namespace bennu
