#include "webhook/kinds.hpp"

#include <algorithm>
#include <array>
#include <utility>

#include "core/text.hpp"
#include "json/document.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::webhook {
namespace {

using json::Kind;

constexpr std::array<WebhookKind, 9> table_a = {{
    {0, "slack", "Slack", "/assets/settings/slack-48.png"},
    {1, "webhook", "WebHook", "/assets/webhook.png"},
    {2, "pager_duty", "PagerDuty", "/assets/settings/pagerDuty.png"},
    {3, "sendlog", "SendLog", "/assets/invite.png"},
    {4, "email_group", "Email Group", "/assets/email-group.png"},
    {5, "microsoft_teams", "Microsoft Teams", "/assets/settings/teams.png"},
    {6, "jira", "Jira", "/assets/settings/jira.png"},
    {7, "opsgenie", "Opsgenie", "/assets/settings/opsgenie.png"},
    {8, "demisto", "Demisto", "/assets/settings/demisto.png"},
}};

bool is_string(const json::Value& value) { return value.is(Kind::string); }
bool is_object(const json::Value& value) { return value.is(Kind::object); }

bool is_string_list(const json::Value& value) {
  return value.is(Kind::array) && std::ranges::all_of(value.elements(), is_string);
}

bool is_uuid(const json::Value& value) { return hookferry::secrets::is_uuid(value.string()); }

std::string folded(std::string_view name) {
  auto out = lower_ascii(name);
  std::erase_if(out, [](char c) { return c == ' ' || c == '_' || c == '-'; });
  return out;
}

bool is_method(const json::Value& value) {
  const auto method = lower_ascii(value.string());
  return method == "get" || method == "post" || method == "put";
}

/// Types as bits, so that a rule can be for several.
constexpr unsigned bit_of(std::int64_t type) { return type >= 0 && type < 9 ? 1U << type : 0; }
constexpr unsigned requests = bit_of(1) | bit_of(sendlog_type) | bit_of(8);

struct FieldRule {
  unsigned types;
  std::string_view field;
  bool (*complies)(const json::Value&);
  std::string_view expected;
};

constexpr std::array<FieldRule, 9> table_b = {{
    {bit_of(2), "serviceKey", is_string, "a string"},
    {bit_of(6), "apiToken", is_string, "a string"},
    {bit_of(6), "email", is_string, "a string"},
    {bit_of(6), "projectKey", is_string, "a string"},
    {bit_of(4), "payload", is_string_list, "an array of strings"},
    {requests, "uuid", is_uuid, "a UUID"},
    {requests, "method", is_method, "get, post or put"},
    {requests, "headers", is_object, "an object"},
    {requests, "payload", is_object, "an object"},
}};

}  // namespace

bool is_server_owned(std::string_view name) {
  return name == member::id || name == member::company_id || name == member::camel_company_id ||
         name == member::created_at || name == member::updated_at;
}

bool is_type_id(std::string_view name) { return name == member::type_id || name == member::camel_type_id; }

bool is_kept_when_redacted(std::string_view name) {
  return name == member::alias || name == member::type_block || is_server_owned(name);
}

WebhookMembers::WebhookMembers(const json::Value& webhook) {
  using Known = std::pair<std::string_view, std::optional<json::Value> WebhookMembers::*>;
  static constexpr std::array<Known, 8> known = {{{member::id, &WebhookMembers::id},
                                                  {member::alias, &WebhookMembers::alias},
                                                  {member::type_id, &WebhookMembers::type_id},
                                                  {member::camel_type_id, &WebhookMembers::camel_type_id},
                                                  {member::type_block, &WebhookMembers::type_block},
                                                  {member::created_at, &WebhookMembers::created_at},
                                                  {member::updated_at, &WebhookMembers::updated_at},
                                                  {member::fields, &WebhookMembers::fields}}};
  std::string decoded;
  webhook.each_member([&](const json::Value& key, const json::Value& value) {
    const auto name = key.unescape(decoded);
    const auto found = std::ranges::find(known, name, &Known::first);
    if (found != known.end()) this->*found->second = value;
  });
}

std::optional<std::int64_t> WebhookMembers::type() const {
  for (const auto* place : {&type_id, &camel_type_id})
    if (const auto out = *place ? (*place)->integer() : std::nullopt) return out;
  const auto id_of_block = type_block ? type_block->find(member::id) : std::nullopt;
  return id_of_block ? id_of_block->integer() : std::nullopt;
}

std::span<const WebhookKind> webhook_kinds() { return table_a; }

const WebhookKind* find_kind(std::int64_t id) {
  const auto found = std::ranges::find(table_a, id, &WebhookKind::id);
  return found == table_a.end() ? nullptr : &*found;
}

bool label_fits(const WebhookKind& kind, std::string_view label) {
  if (label == kind.label) return true;
  const auto text = folded(label);
  return text == folded(kind.label) || text == folded(kind.name);
}

const WebhookKind* find_kind_by_name(std::string_view name) {
  const auto found =
      std::ranges::find_if(table_a, [&](const WebhookKind& kind) { return label_fits(kind, name); });
  return found == table_a.end() ? nullptr : &*found;
}

namespace {

struct RetiredReceiver {
  std::string_view host;  ///< with its subdomains where it begins with a dot
  std::string_view path;  ///< its beginning
  std::string_view why;
};
constexpr std::string_view office_connectors =
    "Microsoft retires the Office 365 connectors of Teams; use a Teams workflow";
constexpr std::string_view opsgenie_end = "Atlassian ends Opsgenie on 2027-04-05; plan its replacement";
constexpr std::array<RetiredReceiver, 4> retired_receivers = {
    {{".webhook.office.com", "", office_connectors},
     {"outlook.office.com", "/webhook", office_connectors},
     {"outlook.office365.com", "/webhook", office_connectors},
     {".opsgenie.com", "", opsgenie_end}}};

}  // namespace

std::string_view retirement_of(std::string_view host, std::string_view path) {
  for (const auto& receiver : retired_receivers) {
    const bool is_host = receiver.host[0] == '.' ? host.ends_with(receiver.host) : host == receiver.host;
    if (is_host && path.starts_with(receiver.path)) return receiver.why;
  }
  return {};
}

std::vector<std::string> table_b_breaches(std::int64_t type, std::string_view fields_text) {
  const auto document = json::Document::try_over(fields_text);
  if (!document || !document->root().is(Kind::array)) return {"no JSON array"};
  const auto fields = document->root().elements();
  for (const auto& field : fields) {
    const auto name = field.find("name");
    if (!name || !name->is(Kind::string) || !field.find("value")) return {"an element is no {name, value}"};
  }
  std::vector<std::string> out;
  for (const auto& rule : table_b) {
    if ((rule.types & bit_of(type)) == 0) continue;
    const auto field = std::ranges::find_if(
        fields, [&](const json::Value& one) { return one.find("name")->is_string(rule.field); });
    if (field == fields.end())
      out.push_back(std::string(rule.field) + " is missing");
    else if (!rule.complies(*field->find("value")))
      out.push_back(std::string(rule.field) + " is not " + std::string(rule.expected));
  }
  return out;
}

}  // namespace hookferry::webhook
