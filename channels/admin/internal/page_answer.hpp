#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include <bennu/channels/admin/internal/json_schema.hpp>
#include <bennu/channels/admin/internal/problem.hpp>
#include <bennu/runtime/codec.hpp>
#include <bennu/runtime/json.hpp>
#include <bennu/transport/http_response.hpp>

namespace bennu {

/// The answer with a page of a list, whose entries have the name `name`.
/// @param page a `socket_page` or a `topic_page`
template <class Entry, class Page>
http_response page_answer(std::string_view name, const std::vector<Entry>& entries, const Page& page) {
  json document{{name, encode(entries)}, {"cursor", encode(page.cursor)}};
  if (!page.unanswered.empty()) document.set("unanswered", encode(page.unanswered));
  return unshared(http_response::json(200, document));
}

template <class Entry>
json page_schema(std::string_view name) {
  auto unanswered = schema_of<std::vector<std::string>>();
  unanswered.set("description", "The nodes that did not answer in time, and whose entries are missing.");
  return {{"type", "object"},
          {"properties",
           {{name, schema_of<std::vector<Entry>>()},
            {"cursor", schema_of<std::optional<std::string>>()},
            {"unanswered", std::move(unanswered)}}},
          {"required", json::array{name, "cursor"}}};
}

}  // namespace bennu
