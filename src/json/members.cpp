#include "json/members.hpp"

#include <iterator>

namespace hookferry::json {
namespace {

using Replacement = std::function<std::optional<std::string>(std::string_view name, const Value& value)>;

void visit(const Value& value, const Replacement& replacement, std::vector<Edit>& edits) {
  value.each_element([&](const Value& element) { visit(element, replacement, edits); });
  value.each_member([&](const Value& key, const Value& member) {
    if (auto text = replacement(key.string(), member)) {
      edits.push_back({member.begin(), member.end(), std::move(*text)});
    } else {
      visit(member, replacement, edits);
    }
  });
  if (!value.is(Kind::string)) return;
  // Cheaper than parsing every string: what is no object or array begins otherwise, an escape aside.
  const auto literal = value.text();
  const auto start = literal.find_first_not_of(" \t\r\n", 1);
  if (literal[start] != '{' && literal[start] != '[' && literal[start] != '\\') return;
  const auto decoded = decode_with_offsets(literal);
  auto inner = lift(edit_members(decoded.text, replacement), decoded, value.begin());
  std::move(inner.begin(), inner.end(), std::back_inserter(edits));
}

}  // namespace

std::vector<Edit> edit_members(std::string_view json_text, const Replacement& replacement) {
  std::vector<Edit> edits;
  if (const auto document = Document::try_over(json_text)) visit(document->root(), replacement, edits);
  return edits;
}

}  // namespace hookferry::json
