// Splicing: a text changes at named places and nowhere else.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "json/text.hpp"

namespace hookferry::json {

/// Bytes [begin, end) are to become `replacement`.
struct Edit {
  std::size_t begin;
  std::size_t end;
  std::string replacement;
};

/// Edits may come in any order; of several at one place insertions go first. std::logic_error where two
/// overlap or one reaches beyond the text: what would come out is none of theirs.
std::string apply(std::string_view text, std::vector<Edit> edits);

/// Edits of a decoded string, carried over to the literal it came from: places are mapped back, replacements
/// escaped once more. `shift` is where the literal starts in the text that the result is meant for.
std::vector<Edit> lift(std::vector<Edit> edits, const Decoded& decoded, std::size_t shift);

}  // namespace hookferry::json
