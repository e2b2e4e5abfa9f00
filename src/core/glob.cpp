#include "core/glob.hpp"

#include <fnmatch.h>

namespace hookferry {

bool glob_matches(const std::string& pattern, const std::string& text) {
  return ::fnmatch(pattern.c_str(), text.c_str(), 0) == 0;
}

}  // namespace hookferry
