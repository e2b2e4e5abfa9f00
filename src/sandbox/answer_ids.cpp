#include "sandbox/answer_ids.hpp"

#include "json/document.hpp"
#include "json/edit.hpp"

namespace hookferry {
namespace {

/// Far above all ids that a sandbox comes to give.
constexpr std::int64_t nowhere = 1'000'000'000'000;

/// From the member to the next one, or from the one before it.
json::Edit removal(const std::vector<json::Member>& members, std::size_t i) {
  if (i + 1 < members.size()) return {members[i].key.begin(), members[i + 1].key.begin(), ""};
  if (i > 0) return {members[i - 1].value.end(), members[i].value.end(), ""};
  return {members[i].key.begin(), members[i].value.end(), ""};
}

}  // namespace

std::optional<std::string> answer_id(std::int64_t id, AnswerIds how) {
  if (how == AnswerIds::none) return std::nullopt;
  if (how == AnswerIds::wrong) return std::to_string(nowhere + id);
  if (how == AnswerIds::text) return "\"abc-" + std::to_string(id) + "\"";
  return std::to_string(id);
}

std::string with_answer_id(const std::string& webhook, AnswerIds how) {
  if (how != AnswerIds::text && how != AnswerIds::none) return webhook;
  const auto document = json::Document::parse(webhook);
  const auto members = document.root().members();
  for (std::size_t i = 0; i < members.size(); ++i) {
    if (members[i].key.string() != "id") continue;
    const auto shown = answer_id(members[i].value.integer().value_or(0), how);
    const auto edit =
        shown ? json::Edit{members[i].value.begin(), members[i].value.end(), *shown} : removal(members, i);
    return json::apply(webhook, {edit});
  }
  return webhook;
}

}  // namespace hookferry
