#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookferry {

/// The name that `word` was probably meant to be: the one with the smallest edit distance (Levenshtein), if
/// that is small for its length; else the shortest that begins with the word, or holds it. Letter case is
/// ignored, and for the latter '-' and '_' as well.
[[nodiscard]] std::optional<std::string> nearest(std::string_view word,
                                                 const std::vector<std::string>& names);

/// "; did you mean X?" or nothing.
std::string did_you_mean(std::string_view word, const std::vector<std::string>& names);

}  // namespace hookferry
