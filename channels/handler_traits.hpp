#pragma once

#include <cstddef>
#include <tuple>
#include <type_traits>

/// Derives from the type of a handler the message that it takes. Used by `handlers`, not by programs.
namespace bennu::detail {

/// The parameters of a handler, the channel first, as the tuple `type`. The member does not exist if the compiler
/// cannot derive them, because the handler is a template or overloaded.
template <class F>
struct parameters_of {};
template <class R, class C, class... P>
struct parameters_of<R (C::*)(P...)> {
  using type = std::tuple<C&, P...>;
};
template <class R, class C, class... P>
struct parameters_of<R (C::*)(P...) const> : parameters_of<R (C::*)(P...)> {};
template <class R, class C, class... P>
struct parameters_of<R (C::*)(P...) noexcept> : parameters_of<R (C::*)(P...)> {};
template <class R, class C, class... P>
struct parameters_of<R (C::*)(P...) const noexcept> : parameters_of<R (C::*)(P...)> {};
template <class R, class... P>
struct parameters_of<R (*)(P...)> {
  using type = std::tuple<P...>;
};
template <class R, class... P>
struct parameters_of<R (*)(P...) noexcept> : parameters_of<R (*)(P...)> {};

template <class Tuple>
struct without_first;
template <class First, class... Rest>
struct without_first<std::tuple<First, Rest...>> {
  using type = std::tuple<Rest...>;
};

template <class F>
  requires requires { typename parameters_of<decltype(&F::operator())>::type; }
struct parameters_of<F> : without_first<typename parameters_of<decltype(&F::operator())>::type> {};

template <class Channel, class Tuple>
constexpr bool begins_with = false;
template <class Channel, class First, class... Rest>
constexpr bool begins_with<Channel, std::tuple<First, Rest...>> = std::is_convertible_v<Channel&, First>;

/// Explains with one error why `F` cannot be a handler of `Channel`.
template <class Channel, class F, std::size_t Count>
consteval auto check_handler() {
  constexpr bool is_known = requires { typename parameters_of<F>::type; };
  static_assert(is_known, "a handler names the types of its parameters: it is no template, and not overloaded");
  if constexpr (is_known) {
    using all = typename parameters_of<F>::type;
    constexpr bool fits = begins_with<Channel, all> && std::tuple_size_v<all> == Count;
    static_assert(fits,
                  "a handler is a member function of its channel's class, or a callable whose first parameter is the "
                  "channel; after it comes what it receives");
    if constexpr (fits) {
      using last = std::tuple_element_t<Count - 1, all>;
      constexpr bool only_reads = !std::is_lvalue_reference_v<last> || std::is_const_v<std::remove_reference_t<last>>;
      static_assert(only_reads, "a handler takes what it receives by value, or as a reference to const");
      if constexpr (only_reads) {
        return std::type_identity<std::remove_cvref_t<last>>{};
      } else {
        return std::type_identity<void>{};
      }
    } else {
      return std::type_identity<void>{};
    }
  } else {
    return std::type_identity<void>{};
  }
}

/// The message type of a handler: the last of its `Count` parameters, the channel included. `void` if it cannot be a
/// handler; the compiler has explained the reason then.
template <class Channel, class F, std::size_t Count = 2>
using received_by = typename decltype(check_handler<Channel, F, Count>())::type;

}  // namespace bennu::detail
