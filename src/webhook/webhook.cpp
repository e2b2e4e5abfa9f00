#include "webhook/webhook.hpp"

#include <algorithm>
#include <array>
#include <charconv>

#include "core/crypto.hpp"
#include "core/failure.hpp"
#include "core/parallel.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::webhook {
namespace {

using json::Kind;

std::optional<std::int64_t> type_of(const WebhookMembers& webhook) {
  for (const auto& member : {webhook.type_id, webhook.type_id_in_camels})
    if (member)
      if (const auto id = member->integer()) return id;
  if (webhook.type_block)
    if (const auto id = webhook.type_block->find("id")) return id->integer();
  return std::nullopt;
}

std::string defect_of(const json::Value& value, const WebhookMembers& members) {
  if (!value.is(Kind::object)) return "not a JSON object";
  const auto& alias = members.alias;
  if (!alias || !alias->is(Kind::string) || alias->is_string("")) return "no alias";
  if (!type_of(members)) return "no type (integration_type_id)";
  return {};
}

/// What is read again and again, and the memory that it takes.
struct Scratch {
  json::Document outer, inner;
  std::string text, content;
};
Scratch& scratch() {
  thread_local Scratch out;
  return out;
}

/// What one huge webhook took is not kept for all others.
void shrink_buffers() {
  constexpr std::size_t usual = 1 << 20;
  for (auto* text : {&scratch().text, &scratch().content})
    if (text->capacity() > usual) *text = std::string();
}

/// The string's own JSON, so that spacing and key order of another server do not make a difference.
void append_fields(std::string& out, const json::Value& fields, const json::ParseLimits& limits) {
  if (fields.is(Kind::null)) {
    out += "[]";
  } else if (!fields.is(Kind::string)) {
    json::append_canonical(out, fields);
  } else {
    auto& [outer, inner, text, content] = scratch();
    const auto unescaped = fields.unescape(text);
    if (inner.try_reparse(unescaped, limits)) return json::append_canonical(out, inner.root());
    out += "text ";  // no JSON begins so: never equal to a JSON string
    json::append_encoded(out, unescaped);
  }
}

/// The block without what stands elsewhere too: its id is compared as the type, `name` counts as `label`.
void append_type_block(std::string& out, const json::Value& block, std::int64_t type) {
  if (!block.is(Kind::object)) return json::append_canonical(out, block);
  std::vector<std::string> members;
  block.each_member([&](const json::Value& key, const json::Value& value) {
    if (key.is_string("id") && value.integer() == type) return;
    auto& member = members.emplace_back();
    json::append_encoded(member, key.is_string("name") ? "label" : key.string());
    member += ':';
    json::append_canonical(member, value);
  });
  std::sort(members.begin(), members.end());
  members.erase(std::unique(members.begin(), members.end()), members.end());
  const auto begin = out.size();
  for (const auto& member : members) out.append(out.size() > begin ? "," : "{").append(member);
  out += members.empty() ? "{}" : "}";
}

void append_member(std::string& out, std::string_view name, const json::Value& value, std::int64_t type,
                   const json::ParseLimits& nested) {
  json::append_encoded(out, name);
  out += ':';
  if (name == "integration_type_fields") {
    append_fields(out, value, nested);
  } else if (name == "integration_type") {
    append_type_block(out, value, type);
  } else {
    json::append_canonical(out, value);
  }
}

void append_content(std::string& out, const json::Value& webhook, std::int64_t type,
                    const json::ParseLimits& nested) {
  json::SortedMembers members(webhook);
  // The type stands up to three times in a webhook and answers do not always repeat all of them.
  const auto does_not_count = [&](const json::NamedValue& member) {
    const bool repeats_type = member.name == "integration_type_id" || member.name == "integrationTypeId";
    return is_server_owned(member.name) || (repeats_type && member.value.integer() == type);
  };
  members.erase_if(does_not_count);
  const bool has_fields = std::any_of(members.begin(), members.end(), [](const json::NamedValue& member) {
    return member.name == "integration_type_fields";
  });
  // What is not there but counts, at its place in the order of names.
  const std::array<std::pair<std::string_view, std::string>, 2> implied = {
      {{"integration_type_fields", "[]"}, {"integration_type_id", std::to_string(type)}}};
  const auto* next = implied.begin() + (has_fields ? 1 : 0);
  const auto begin = out.size();
  const auto open_member = [&] { out += out.size() > begin ? ',' : '{'; };
  const auto append_implied = [&] {
    open_member();
    out.append("\"").append(next->first).append("\":").append(next->second);
    ++next;
  };
  for (const auto& [name, value] : members) {
    while (next != implied.end() && next->first <= name) append_implied();
    open_member();
    append_member(out, name, value, type, nested);
  }
  while (next != implied.end()) append_implied();
  out += '}';
}

/// Times of ISO 8601 in one zone and one length stand in the order of their text.
bool is_touched(const WebhookMembers& webhook) {
  const auto& created = webhook.created;
  const auto& updated = webhook.updated;
  if (!created || !updated || !created->is(Kind::string) || !updated->is(Kind::string)) return false;
  return updated->text().size() == created->text().size() ? updated->text() > created->text()
                                                          : updated->text() != created->text();
}

/// In the scratch.
const std::string& content_of(const json::Value& value, const WebhookMembers& members,
                              const json::ParseLimits& nested) {
  auto& out = scratch().content;
  out.clear();
  if (defect_of(value, members).empty())
    append_content(out, value, *type_of(members), nested);
  else
    json::append_canonical(out, value);
  return out;
}

/// So small that the JSON in its fields, which may stand there several times, cannot hold more than `nested`
/// allows.
bool surely_within(const json::Value& webhook, const json::ParseLimits& nested) {
  return webhook.end() - webhook.begin() <= nested.nodes;
}

const std::string& content_in_scratch(const Webhook& webhook) {
  auto& document = scratch().outer;
  document.reparse(webhook.text.view());
  return content_of(document.root(), WebhookMembers(document.root()), {});
}

}  // namespace

WebhookMembers::WebhookMembers(const json::Value& webhook) {
  using Known = std::pair<std::string_view, std::optional<json::Value> WebhookMembers::*>;
  static constexpr std::array<Known, 8> known = {{{"id", &WebhookMembers::id},
                                                  {"alias", &WebhookMembers::alias},
                                                  {"integration_type_id", &WebhookMembers::type_id},
                                                  {"integrationTypeId", &WebhookMembers::type_id_in_camels},
                                                  {"integration_type", &WebhookMembers::type_block},
                                                  {"created_at", &WebhookMembers::created},
                                                  {"updated_at", &WebhookMembers::updated},
                                                  {"integration_type_fields", &WebhookMembers::fields}}};
  std::string decoded;
  webhook.each_member([&](const json::Value& key, const json::Value& value) {
    const auto name = key.unescape(decoded);
    const auto found = std::find_if(known.begin(), known.end(), [&](const Known& one) {
      return one.first.size() == name.size() && one.first.front() == name.front() && one.first == name;
    });
    if (found != known.end()) this->*found->second = value;
  });
}

std::size_t HashOfIdentity::operator()(const IdentityView& identity) const {
  return std::hash<std::string_view>()(identity.first) + static_cast<std::size_t>(identity.second);
}

bool is_server_owned(std::string_view member) {
  return std::find(server_owned.begin(), server_owned.end(), member) != server_owned.end();
}

bool is_kept_when_redacted(std::string_view member) {
  return member == "alias" || member == "integration_type" || is_server_owned(member);
}

Webhook read_webhook(const json::Value& value, SharedText text, const json::ParseLimits& nested,
                     Digest digest) {
  Webhook out;
  out.text = std::move(text);
  const WebhookMembers members(value);
  if (members.id) out.id = members.id->integer();
  out.modified_after_creation = is_touched(members);
  out.defect = defect_of(value, members);
  if (members.alias) out.identity.alias = members.alias->string();
  if (const auto type = type_of(members)) out.identity.type = *type;
  if (digest == Digest::at_once || !surely_within(value, nested)) {
    out.digest = sha256(content_of(value, members, nested));
    shrink_buffers();
  }
  return out;
}

Webhook read_webhook(const json::Value& value, const json::ParseLimits& nested, Digest digest) {
  return read_webhook(value, SharedText::copy_of(value.text()), nested, digest);
}

std::string content(const Webhook& webhook) { return content_in_scratch(webhook); }

const Sha256& digest_of(const Webhook& webhook) {
  if (!webhook.digest) {
    webhook.digest = sha256(content_in_scratch(webhook));
    shrink_buffers();
  }
  return *webhook.digest;
}

std::string content_digest(const Webhook& webhook) { return hex_digits(digest_of(webhook)); }

std::vector<Webhook> read_webhooks(std::string text, std::string_view origin, const json::ParseLimits& limits,
                                   Digest digest) {
  constexpr std::size_t usual_size = 400;
  const SharedText whole(std::move(text));
  const auto array = without_byte_order_mark(whole.view());
  json::ParseLimits nested;
  nested.nodes = limits.nodes_of_element;
  std::vector<Webhook> out;
  out.reserve(std::min(limits.elements, array.size() / usual_size));
  try {
    const bool is_array = json::each_element_of(array, limits, [&](const json::Value& element) {
      out.push_back(read_webhook(element, whole.part(element.text()), nested, digest));
      auto& defect = out.back().defect;
      if (!defect.empty()) defect += "; it is number " + std::to_string(out.size()) + " of the array";
    });
    if (is_array) return out;
  } catch (const json::SyntaxError& error) {
    throw Failure(Cause::bad_data, printable(origin) + " is " + error.what(),
                  "a JSON array of webhooks is expected");
  }
  throw Failure(Cause::bad_data, printable(origin) + " holds no JSON array of webhooks",
                "an export, or the answer of GET /api/v1/external/integrations/, is expected");
}

namespace {

/// Each with a comma before it.
std::string pretty_elements(std::span<const Webhook> webhooks) {
  std::string out;
  std::size_t size = 0;
  for (const auto& webhook : webhooks) size += webhook.text.size();
  out.reserve(size + size / 2);
  for (const auto& webhook : webhooks) {
    out += ",\n  ";
    json::append_pretty(out, webhook.text.view(), 2);
  }
  return out;
}

}  // namespace

void WebhooksWriter::add(std::span<const Webhook> webhooks) {
  if (webhooks.empty()) return;
  std::array<std::string, most_parts> pieces;
  in_parallel(webhooks.size(), [&](std::size_t part, std::size_t begin, std::size_t end) {
    pieces[part] = pretty_elements(webhooks.subspan(begin, end - begin));
  });
  if (std::exchange(empty_, false)) pieces.front().front() = '[';
  for (const auto& piece : pieces)
    if (!piece.empty()) write_(piece);
}

void WebhooksWriter::end() { write_(empty_ ? "[]\n" : "\n]\n"); }

std::string write_webhooks(const std::vector<Webhook>& webhooks) {
  std::string out;
  WebhooksWriter writer([&](std::string_view piece) { out += piece; });
  writer.add(webhooks);
  writer.end();
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

}  // namespace hookferry::webhook
