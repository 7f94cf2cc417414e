#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <string>
#include <string_view>

#include <bennu/pubsub/topic_counts.hpp>
#include <bennu/pubsub/topic_table.hpp>

namespace bennu {

/// Searches a table for the first topics of a range, in steps between which the table may change. It keeps no more
/// topics than are wanted. For the table's thread.
class topic_scan {
public:
  /// The number of slots in a step: about 50 microseconds if none of them is in the caches.
  static constexpr std::size_t slots_a_step = 512;

  /// @param of must outlive this
  topic_scan(const topic_table& of, topic_range wanted)
      : table_(of), wanted_(std::move(wanted)), next_(of.slots()), layout_(of.layout()) {}

  /// @returns true if the search is done
  bool step();
  /// The topics that were found.
  topic_counts take();

private:
  void add(std::string_view topic, std::size_t subscribers);

  const topic_table& table_;
  const topic_range wanted_;
  std::map<std::string, std::size_t, std::less<>> found_;
  std::size_t next_;
  std::uint64_t layout_;
  bool has_more_ = false;
};

}  // namespace bennu
