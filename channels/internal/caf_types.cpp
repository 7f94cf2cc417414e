#include <bennu/channels/internal/caf_types.hpp>

#include <array>

#include <caf/all.hpp>
#include <caf/type_nr.hpp>

namespace bennu {

namespace {

template <template <class...> class List, class... Ts>
auto index_of(List<Ts...>) {
  return std::array<std::type_index, sizeof...(Ts)>{typeid(Ts)...};
}

}  // namespace

std::type_index type_of(const caf::rtti_pair& element) {
  static const auto builtin = index_of(caf::sorted_builtin_types{});
  if (element.second != nullptr) return *element.second;
  // Numbers count from 1; see caf/type_nr.hpp.
  const auto i = static_cast<std::size_t>(element.first) - 1;
  return i < builtin.size() ? builtin[i] : typeid(void);
}

}  // namespace bennu
