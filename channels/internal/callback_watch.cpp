#include <bennu/channels/internal/callback_watch.hpp>

#include <cstddef>
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <string_view>
#include <typeinfo>

#include <cxxabi.h>

namespace bennu {

namespace {

std::string_view name_of(callback_watch::callback which) {
  static constexpr std::string_view names[] = {"join", "in", "out", "info", "terminate"};
  return names[static_cast<std::size_t>(which)];
}

/// A type as its source calls it. @param name as the compiler does
std::string demangled(const char* name) {
  int status = 0;
  const std::unique_ptr<char, decltype(&std::free)> text{abi::__cxa_demangle(name, nullptr, nullptr, &status),
                                                         std::free};
  return text != nullptr ? text.get() : name;
}

}  // namespace

void callback_watch::tell(clock::duration took) const noexcept {
  context_.services.counts.add(metric::slow_callbacks);
  try {
    const auto ms = std::chrono::duration_cast<std::chrono::milliseconds>(took).count();
    const auto what = callback_ == callback::info ? demangled(what_.data()) : std::string{what_};
    auto line = "channel class " + demangled(typeid(channel_).name()) + ", " + class_.pattern + ": ";
    line += name_of(callback_);
    if (!what.empty()) line += " \"" + what + '"';
    line += " had its I/O thread for " + std::to_string(ms) +
            " ms, and everybody there waited. Return what takes long as bennu::blocking(job): see the guide's chapter "
            "on work that blocks";
    context_.services.log.warning(line, "slow callback, " + class_.pattern);
  } catch (const std::bad_alloc&) {
    // It is counted all the same.
  }
}

}  // namespace bennu
