// Tokens that stand alone in a text: what gives them away is their shape.
#pragma once

#include <cstddef>
#include <string_view>

#include "webhook/secret_urls.hpp"

namespace hookferry {

/// Where a run of characters of which tokens are made (letters, digits and `_-+/=.~`) ends.
std::size_t token_end(std::string_view text, std::size_t begin);

/// Whether it begins as the tokens of a known service do ("eyJ", "xoxb-") and goes on as no word does.
[[nodiscard]] bool has_token_prefix(std::string_view run);

/// The part of the run [begin, end) that is a token: all of one with a known prefix ("eyJ", "xoxb-"), or what
/// in it does not read as words where that is 20 characters or more. Empty where there is none; a UUID is
/// none, nor are the parts of a path.
Span token_in(std::string_view text, std::size_t begin, std::size_t end);

}  // namespace hookferry
