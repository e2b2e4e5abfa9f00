#include "migration/transform_warnings.hpp"

#include <algorithm>

#include "core/printable.hpp"
#include "json/members.hpp"
#include "json/strings.hpp"
#include "region/host_spans.hpp"
#include "region/letter_case.hpp"
#include "region/mentions.hpp"
#include "webhook/kinds.hpp"

namespace hookferry {
namespace {

using json::Kind;

void warn_of_type(const json::Value& webhook, std::int64_t type, std::vector<std::string>& out) {
  for (const auto* member : {"integration_type_id", "integrationTypeId"})
    if (const auto id = webhook.find(member); id && id->integer() != type)
      out.push_back(std::string(member) + " differs from the type id " + std::to_string(type));
  const auto* kind = find_kind(type);
  if (kind == nullptr) {
    out.push_back("type id " + std::to_string(type) + " is not in the guide; carried over as it is");
    return;
  }
  const auto block = webhook.find("integration_type");
  if (!block || !block->is(Kind::object)) return;
  if (const auto id = block->find("id"); id && id->integer() != type)
    out.push_back("integration_type.id differs from the type id " + std::to_string(type));
  for (const auto* member : {"label", "name"})
    if (const auto label = block->find(member);
        label && label->is(Kind::string) && !label_fits(*kind, label->string()))
      out.push_back("integration_type." + std::string(member) + " \"" +
                    printable_excerpt(label->string(), 40) + "\" is not that of type " +
                    std::to_string(type) + " (" + std::string(kind->label) + ")");
}

/// No fields at all are an empty array to the guide.
void warn_of_fields(const std::optional<json::Value>& fields, std::int64_t type,
                    std::vector<std::string>& out) {
  if (fields && !fields->is(Kind::string)) {
    out.push_back("integration_type_fields is no string");
    return;
  }
  for (const auto& breach : table_b_breaches(type, fields ? fields->string() : "[]"))
    out.push_back("integration_type_fields: " + breach);
}

bool holds_private_key(std::string_view fields) {
  bool found = false;
  json::edit_members(
      fields, [&](std::string_view name, const json::Value& value) -> std::optional<std::string> {
        found = found || (name == "privateKey" && value.is(Kind::string) && !value.string().empty());
        return std::nullopt;
      });
  return found;
}

std::string describe(const Mention& mention) {
  const auto host = printable_excerpt(mention.host, 100);
  switch (mention.kind) {
    case MentionKind::team_host:
      return "the source's team host " + host + " is left as it is";
    case MentionKind::private_link:
      return "the private link " + host + " is left as it is";
    case MentionKind::legacy_ingestion:
      return "legacy log ingestion on " + host + " is off; set it up anew";
    case MentionKind::bare_host:
      return "names the source's host " + host + " in plain text, left as it is";
  }
  return {};
}

/// Of `url` and of every string inside `integration_type_fields`.
void visit_strings(const json::Value& webhook, const std::function<void(std::string_view)>& visit) {
  const auto look = [&](std::string_view text) {
    visit(text);
    return std::vector<json::Edit>();
  };
  if (const auto url = webhook.find("url")) look(url->string());
  if (const auto fields = webhook.find("integration_type_fields")) json::edit_strings(fields->string(), look);
}

void warn_of_hosts(const json::Value& webhook, const TransformRules& rules, std::vector<std::string>& out) {
  if (rules.regions == nullptr) return;
  visit_strings(webhook, [&](std::string_view text) {
    for (const auto& mention : find_mentions(text, *rules.regions, rules.source))
      out.push_back(describe(mention));
  });
}

}  // namespace

std::vector<std::string> service_hosts(const Webhook& webhook, const RegionTable& regions) {
  std::vector<std::string> out;
  const auto document = json::Document::parse(webhook.text);
  visit_strings(document.root(), [&](std::string_view text) {
    for (const auto& [begin, end] : find_hosts(text)) {
      const auto host = lower_ascii(text.substr(begin, end - begin));
      if (regions.find_by_host(host) != nullptr && std::find(out.begin(), out.end(), host) == out.end())
        out.push_back(host);
    }
  });
  return out;
}

std::vector<std::string> transform_warnings(const Webhook& webhook, const TransformRules& rules) {
  std::vector<std::string> out;
  const auto document = json::Document::parse(webhook.text);
  const auto type = webhook.identity.type;
  warn_of_type(document.root(), type, out);
  const auto fields = document.root().find("integration_type_fields");
  warn_of_fields(fields, type, out);
  if (fields) {
    constexpr std::int64_t sendlog_type = 3;
    const bool replaced = rules.sendlog_private_key && type == sendlog_type;
    if (!replaced && holds_private_key(fields->string()))
      out.push_back("carries the source's private key (see sendlog-private-key-*)");
  }
  warn_of_hosts(document.root(), rules, out);
  // One host mentioned ten times is one thing to know.
  std::vector<std::string> once;
  for (auto& warning : out)
    if (std::find(once.begin(), once.end(), warning) == once.end()) once.push_back(std::move(warning));
  return once;
}

}  // namespace hookferry
