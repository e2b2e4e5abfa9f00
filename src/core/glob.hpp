#pragma once

#include <string>

namespace hookferry {

/// Shell patterns: `*` any characters, `?` one, `[a-z]` one of (fnmatch of POSIX).
[[nodiscard]] bool glob_matches(const std::string& pattern, const std::string& text);

}  // namespace hookferry
