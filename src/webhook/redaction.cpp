#include "webhook/redaction.hpp"

#include <algorithm>
#include <iterator>
#include <vector>

#include "core/process_key.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "json/edit.hpp"
#include "webhook/secrets.hpp"
#include "webhook/webhook.hpp"

namespace hookferry {
namespace {

using json::Kind;

constexpr std::string_view mark_begin = "«redacted:";
constexpr std::string_view mark_word = "redacted:";  ///< of it, what every JSON writer leaves as it is
constexpr std::string_view mark_end = "»";

bool holds_mark(std::string_view text) {
  for (auto at = text.find(mark_begin); at != std::string_view::npos; at = text.find(mark_begin, at + 1))
    if (redaction_length(text.substr(at)) > 0) return true;
  return false;
}

/// What webhooks are told apart by, or what says nothing of their content.
bool stays(const std::string& member) {
  return member == "alias" || member == "integration_type" || is_server_owned(member);
}

/// Fields that are no JSON may hold a key anywhere: all of them count as one.
std::string masking_name(const json::Member& member) {
  auto name = member.key.string();
  if (name != "integration_type_fields" || !member.value.is(Kind::string)) return name;
  return json::Document::try_parse(member.value.string()) ? name : "secret";
}

}  // namespace

std::string Redaction::mark_of(std::string_view secret) {
  const auto number = numbers_.emplace(process_digest(secret), numbers_.size() + 1).first->second;
  return std::string(mark_begin) + std::to_string(number) + std::string(mark_end);
}

std::string Redaction::redact(std::string_view webhook_text) {
  const auto document = json::Document::try_parse(std::string(webhook_text));
  const auto mark = [this](std::string_view secret) { return mark_of(secret); };
  if (!document) return json::encode(mark_of(webhook_text));
  const auto root = document->root();
  if (!root.is(Kind::object)) return json::apply(webhook_text, replace_secrets(root, "", mark));
  std::vector<json::Edit> edits;
  for (const auto& member : root.members()) {
    if (stays(member.key.string())) continue;
    auto more = replace_secrets(member.value, masking_name(member), mark);
    edits.insert(edits.end(), std::make_move_iterator(more.begin()), std::make_move_iterator(more.end()));
  }
  return json::apply(webhook_text, std::move(edits));
}

std::size_t redaction_length(std::string_view text) {
  if (!text.starts_with(mark_begin)) return 0;
  const auto end = std::min(text.find_first_not_of("0123456789", mark_begin.size()), text.size());
  return end > mark_begin.size() && text.substr(end).starts_with(mark_end) ? end + mark_end.size() : 0;
}

bool is_redaction(std::string_view text) { return !text.empty() && redaction_length(text) == text.size(); }

bool holds_redaction(std::string_view webhook_text) {
  if (webhook_text.find(mark_word) == std::string_view::npos) return false;
  bool found = false;
  json::edit_strings(webhook_text, [&](std::string_view text) {
    found = found || holds_mark(text);
    return std::vector<json::Edit>();
  });
  return found;
}

}  // namespace hookferry
