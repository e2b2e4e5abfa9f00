#include "json/edit.hpp"

#include <algorithm>

namespace hookferry::json {

std::string apply(std::string_view text, std::vector<Edit> edits) {
  std::sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) { return a.begin < b.begin; });
  std::string out;
  out.reserve(text.size());
  std::size_t at = 0;
  for (const auto& edit : edits) {
    out += text.substr(at, edit.begin - at);
    out += edit.replacement;
    at = edit.end;
  }
  out += text.substr(at);
  return out;
}

std::vector<Edit> lift(std::vector<Edit> edits, const Decoded& decoded, std::size_t shift) {
  for (auto& edit : edits) {
    edit.begin = decoded.offset(edit.begin) + shift;
    edit.end = decoded.offset(edit.end) + shift;
    edit.replacement = escape(edit.replacement);
  }
  return edits;
}

}  // namespace hookferry::json
