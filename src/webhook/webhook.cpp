#include "webhook/webhook.hpp"

#include <algorithm>
#include <charconv>

#include "core/digest.hpp"
#include "core/failure.hpp"
#include "core/printable.hpp"
#include "json/text.hpp"
#include "webhook/kinds.hpp"

namespace hookferry {
namespace {

using json::Kind;

std::optional<std::int64_t> type_of(const json::Value& webhook) {
  for (const auto* member : {"integration_type_id", "integrationTypeId"})
    if (const auto value = webhook.find(member))
      if (const auto id = value->integer()) return id;
  if (const auto block = webhook.find("integration_type"))
    if (const auto id = block->find("id")) return id->integer();
  return std::nullopt;
}

std::string defect_of(const json::Value& value) {
  if (!value.is(Kind::object)) return "not a JSON object";
  const auto alias = value.find("alias");
  if (!alias || !alias->is(Kind::string) || alias->string().empty()) return "no alias";
  if (!type_of(value)) return "no type (integration_type_id)";
  return {};
}

/// The string's own JSON, so that spacing and key order of another server do not make a difference.
std::string fields_content(const json::Value& fields, const json::ParseLimits& limits) {
  if (fields.is(Kind::null)) return "[]";
  if (!fields.is(Kind::string)) return json::canonical(fields);
  try {
    return json::canonical(json::Document::parse(fields.string(), limits).root());
  } catch (const json::BeyondLimits&) {
    throw;
  } catch (const json::SyntaxError&) {
    return "text " + json::encode(fields.string());  // no JSON begins so: never equal to a JSON string
  }
}

/// The block without what stands elsewhere too: its id is compared as the type, `name` counts as `label`.
std::string type_block_content(const json::Value& block, std::int64_t type) {
  if (!block.is(Kind::object)) return json::canonical(block);
  std::vector<std::string> members;
  for (const auto& [key, value] : block.members()) {
    auto name = key.string();
    if (name == "id" && value.integer() == type) continue;
    if (name == "name") name = "label";
    members.push_back(json::encode(name) + ":" + json::canonical(value));
  }
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  std::string out = "{";
  for (const auto& member : members) out += (out.size() > 1 ? "," : "") + member;
  return out + "}";
}

std::string content_of(const json::Value& webhook, std::int64_t type, const json::ParseLimits& nested) {
  std::vector<std::pair<std::string, std::string>> members = {{"integration_type_id", std::to_string(type)}};
  bool has_fields = false;
  for (const auto& [key, value] : webhook.members()) {
    auto name = key.string();
    if (is_server_owned(name)) continue;
    // The type stands up to three times in a webhook and answers do not always repeat all of them.
    if ((name == "integration_type_id" || name == "integrationTypeId") && value.integer() == type) continue;
    if (name == "integration_type_fields") {
      has_fields = true;
      members.emplace_back(std::move(name), fields_content(value, nested));
    } else if (name == "integration_type") {
      members.emplace_back(std::move(name), type_block_content(value, type));
    } else {
      members.emplace_back(std::move(name), json::canonical(value));
    }
  }
  if (!has_fields) members.emplace_back("integration_type_fields", "[]");
  std::stable_sort(members.begin(), members.end(),
                   [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string out = "{";
  for (const auto& [name, content] : members)
    out += (out.size() > 1 ? "," : "") + json::encode(name) + ":" + content;
  return out + "}";
}

/// Times of ISO 8601 in one zone and one length stand in the order of their text.
bool is_touched(const json::Value& webhook) {
  const auto created = webhook.find("created_at");
  const auto updated = webhook.find("updated_at");
  if (!created || !updated || !created->is(Kind::string) || !updated->is(Kind::string)) return false;
  return updated->text().size() == created->text().size() ? updated->text() > created->text()
                                                          : updated->text() != created->text();
}

}  // namespace

bool is_server_owned(std::string_view member) {
  return std::find(server_owned.begin(), server_owned.end(), member) != server_owned.end();
}

Webhook read_webhook(const json::Value& value, const json::ParseLimits& nested) {
  Webhook out;
  out.text = std::string(value.text());
  if (const auto id = value.find("id")) out.id = id->integer();
  out.touched = is_touched(value);
  out.defect = defect_of(value);
  if (const auto alias = value.find("alias")) out.identity.alias = alias->string();
  if (const auto type = type_of(value)) out.identity.type = *type;
  out.content = out.defect.empty() ? content_of(value, out.identity.type, nested) : json::canonical(value);
  return out;
}

std::string content_digest(const Webhook& webhook) { return sha256_hex(webhook.content); }

std::vector<Webhook> read_webhooks(std::string text, std::string_view origin,
                                   const json::ParseLimits& limits) {
  if (text.starts_with("\xEF\xBB\xBF")) text.erase(0, 3);  // some editors begin files with a byte order mark
  try {
    const auto document = json::Document::parse(std::move(text), limits);
    if (!document.root().is(Kind::array)) {
      throw Failure(Cause::bad_data, printable(origin) + " holds no JSON array of webhooks",
                    "an export, or the answer of GET /api/v1/external/integrations/, is expected");
    }
    json::ParseLimits nested;
    nested.nodes = limits.nodes_of_element;
    const auto elements = document.root().elements();
    std::vector<Webhook> out;
    out.reserve(elements.size());
    for (const auto& element : elements) {
      out.push_back(read_webhook(element, nested));
      auto& defect = out.back().defect;
      if (!defect.empty()) defect += "; it is number " + std::to_string(out.size()) + " of the array";
    }
    return out;
  } catch (const json::SyntaxError& error) {
    throw Failure(Cause::bad_data, printable(origin) + " is " + error.what(),
                  "a JSON array of webhooks is expected");
  }
}

std::string write_webhooks(const std::vector<Webhook>& webhooks) {
  // One by one and into one place, since all of them may be much: growing would copy.
  std::string out;
  std::size_t size = 0;
  for (const auto& webhook : webhooks) size += webhook.text.size();
  out.reserve(size + size / 2);
  out += "[";
  for (const auto& webhook : webhooks) {
    const auto document = json::Document::parse(webhook.text);
    out += out.size() > 1 ? ",\n  " : "\n  ";
    out += json::pretty(document.root(), 2);
  }
  out += webhooks.empty() ? "]\n" : "\n]\n";
  return out;
}

std::string type_name(std::int64_t type) {
  const auto* kind = find_kind(type);
  return kind != nullptr ? std::string(kind->name) : std::to_string(type);
}

std::string describe(const Identity& identity) {
  return "\"" + printable(identity.alias) + "\" (" + type_name(identity.type) + ")";
}

std::string describe(const Webhook& webhook) {
  if (webhook.defect.empty()) return describe(webhook.identity);
  const auto alias =
      webhook.identity.alias.empty() ? std::string() : " \"" + printable(webhook.identity.alias) + "\"";
  return "webhook" + alias + (webhook.id ? " with id " + std::to_string(*webhook.id) : "");
}

}  // namespace hookferry
