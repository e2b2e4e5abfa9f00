#include "json/edit.hpp"

#include <algorithm>
#include <stdexcept>
#include <tuple>

namespace hookferry::json {

std::string apply(std::string_view text, std::vector<Edit> edits) {
  std::stable_sort(edits.begin(), edits.end(), [](const Edit& a, const Edit& b) {
    return std::tie(a.begin, a.end) < std::tie(b.begin, b.end);
  });
  std::string out;
  out.reserve(text.size());
  std::size_t at = 0;
  for (const auto& edit : edits) {
    if (edit.begin < at || edit.end < edit.begin || edit.end > text.size())
      throw std::logic_error("edits of a text overlap or reach beyond it");
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
