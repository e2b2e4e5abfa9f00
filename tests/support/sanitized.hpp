// Sanitizers are many times as slow: what is as true of less is shown of less there.
#pragma once

#include <cstddef>

namespace hookferry::test {

#ifdef __SANITIZE_ADDRESS__
constexpr bool sanitized = true;
#else
constexpr bool sanitized = false;
#endif

constexpr std::size_t a_quarter_if_sanitized(std::size_t count) { return sanitized ? count / 4 : count; }

}  // namespace hookferry::test
