#include "migration/transformer.hpp"

#include <algorithm>
#include <map>

#include "json/document.hpp"
#include "json/edit.hpp"
#include "json/members.hpp"
#include "json/strings.hpp"
#include "json/text.hpp"
#include "migration/transform_warnings.hpp"
#include "migration/uuids.hpp"
#include "migration/webhook_strings.hpp"

namespace hookferry {
namespace {

using json::Kind;

constexpr std::int64_t sendlog_type = 3;

/// Edits the JSON that a string literal holds; what `edits_for` does not name stays to the byte, escapes
/// included.
template <class EditsFor>
std::string edit_literal(const std::string& literal, EditsFor edits_for) {
  const auto decoded = json::decode_with_offsets(literal);
  return json::apply(literal, json::lift(edits_for(decoded.text), decoded, 0));
}

std::vector<json::Edit> private_key_edits(std::string_view fields, const std::string& key) {
  return json::edit_members(
      fields, [&](std::string_view name, const json::Value& value) -> std::optional<std::string> {
        if (name != "privateKey" || !value.is(Kind::string)) return std::nullopt;
        return json::encode(key);
      });
}

std::string transform_url(const json::Value& url, const TransformRules& rules) {
  std::string literal(url.text());
  if (!url.is(Kind::string)) return literal;
  return edit_literal(literal, [&](std::string_view text) { return rewrite_hosts(text, rules.hosts); });
}

std::string transform_fields(const json::Value& fields, std::int64_t type, const TransformRules& rules) {
  if (fields.is(Kind::null)) return "\"[]\"";
  const auto rewrite = [&](std::string_view text) { return rewrite_hosts(text, rules.hosts); };
  std::string literal(fields.text());
  if (!fields.is(Kind::string)) return json::apply(literal, json::edit_strings(literal, rewrite));
  // One after the other: each sees the literal that the one before has left, so their edits cannot overlap.
  literal = edit_literal(literal, [&](std::string_view text) { return json::edit_strings(text, rewrite); });
  if (rules.fresh_uuids)
    literal = edit_literal(literal,
                           [&](std::string_view text) { return fresh_uuid_edits(text, rules.destination); });
  if (rules.sendlog_private_key && type == sendlog_type)
    literal = edit_literal(
        literal, [&](std::string_view text) { return private_key_edits(text, *rules.sendlog_private_key); });
  return literal;
}

std::string transform_text(const json::Value& webhook, std::int64_t type, const TransformRules& rules) {
  std::string out = "{";
  for (const auto& [key, value] : webhook.members()) {
    const auto name = key.string();
    if (is_server_owned(name)) continue;
    if (out.size() > 1) out += ",";
    out += std::string(key.text()) + ":";
    if (name == "url") {
      out += transform_url(value, rules);
    } else if (name == "integration_type_fields") {
      out += transform_fields(value, type, rules);
    } else {
      out += value.text();
    }
  }
  return out + "}";
}

/// Both texts are of one webhook; they differ where hosts are rewritten, and nowhere else.
std::size_t count_rewritten_hosts(const std::string& unrewritten, const std::string& rewritten,
                                  const HostRewrites& hosts) {
  const auto before = strings_of(unrewritten);
  const auto after = strings_of(rewritten);
  std::size_t out = 0;
  for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i)
    if (before[i] != after[i]) out += count_rewritten(before[i], hosts);
  return out;
}

/// `plain`: the rules without hosts.
TransformedWebhook transform_one(const Webhook& webhook, const TransformRules& rules,
                                 const TransformRules& plain) {
  TransformedWebhook out;
  out.source_id = webhook.id;
  out.webhook = webhook;
  if (!webhook.defect.empty()) return out;
  const auto& identity = webhook.identity;
  const auto before = json::Document::over(webhook.text);
  auto overlaid = apply_overlay(rules.overlay, identity, transform_text(before.root(), identity.type, rules));
  if (!rules.hosts.empty()) {
    auto unrewritten =
        apply_overlay(rules.overlay, identity, transform_text(before.root(), identity.type, plain)).text;
    if (unrewritten != overlaid.text) {
      out.provenance.rewritten_hosts = count_rewritten_hosts(unrewritten, overlaid.text, rules.hosts);
      out.provenance.unrewritten = std::move(unrewritten);
    }
  }
  const auto after = json::Document::parse(overlaid.text);
  out.webhook = read_webhook(after.root());
  out.warnings = transform_warnings(out.webhook, rules, overlaid);
  out.provenance.secrets = std::move(overlaid.secrets);
  return out;
}

}  // namespace

std::vector<TransformedWebhook> transform(const std::vector<Webhook>& webhooks, const TransformRules& rules) {
  auto plain = rules;
  plain.hosts = {};
  std::vector<TransformedWebhook> out;
  std::map<Identity, std::size_t> times;
  for (const auto& webhook : webhooks) {
    out.push_back(transform_one(webhook, rules, plain));
    if (webhook.defect.empty()) ++times[webhook.identity];
  }
  for (auto& transformed : out) {
    if (!transformed.webhook.defect.empty()) continue;
    const auto count = times[transformed.webhook.identity];
    if (count > 1)
      transformed.warnings.push_back(std::to_string(count) +
                                     " webhooks of the source share this alias and type");
  }
  return out;
}

}  // namespace hookferry
