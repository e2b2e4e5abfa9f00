// The parts of a URL that could be a secret.
#pragma once

#include <cstddef>
#include <string_view>
#include <vector>

namespace hookferry {

/// Bytes [begin, end) of a text.
struct Span {
  std::size_t begin;
  std::size_t end;
};

/// Where a URL ends that begins at `begin`: at a space, a quote or another sign that none holds, less the
/// punctuation of the sentence around it.
std::size_t url_end(std::string_view text, std::size_t begin);

/// Adds what may be secret in a URL whose host (or userinfo) begins at `begin`: userinfo, whatever in its
/// path does not read as words, what follows the word `key` or its like there, the paths of services whose
/// addresses are secrets as a whole, and all values of query and fragment. Neighbours in a path are one span,
/// so is a query of more than two values. '\' parts like '/'. URLs inside the path are looked into.
void add_url_secrets(std::string_view text, std::size_t begin, std::size_t end, std::vector<Span>& out);

/// With its %XX turned into bytes.
std::string percent_decoded(std::string_view text);

}  // namespace hookferry
