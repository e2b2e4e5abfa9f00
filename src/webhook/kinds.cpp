#include "webhook/kinds.hpp"

#include <algorithm>
#include <array>
#include <boost/algorithm/string/join.hpp>
#include <utility>

#include "core/text.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::webhook {
namespace {

using json::Kind;

constexpr std::array<WebhookKind, 12> table_a = {{
    {0, "slack", "Slack", "/assets/settings/slack-48.png", "SLACK", "slack"},
    {1, "webhook", "WebHook", "/assets/webhook.png", "GENERIC", "genericWebhook"},
    {2, "pager_duty", "PagerDuty", "/assets/settings/pagerDuty.png", "PAGERDUTY", "pagerDuty"},
    {3, "sendlog", "SendLog", "/assets/invite.png", "SEND_LOG", "sendLog"},
    {4, "email_group", "Email Group", "/assets/email-group.png", "EMAIL_GROUP", "emailGroup"},
    {5, "microsoft_teams", "Microsoft Teams", "/assets/settings/teams.png", "MICROSOFT_TEAMS",
     "microsoftTeams"},
    {6, "jira", "Jira", "/assets/settings/jira.png", "JIRA", "jira"},
    {7, "opsgenie", "Opsgenie", "/assets/settings/opsgenie.png", "OPSGENIE", "opsgenie"},
    {8, "demisto", "Demisto", "/assets/settings/demisto.png", "DEMISTO", "demisto"},
    {-10, "aws_event_bridge", "AWS EventBridge", "", "AWS_EVENT_BRIDGE", "awsEventBridge"},
    {-11, "ibm_event_notifications", "IBM Event Notifications", "", "IBM_EVENT_NOTIFICATIONS",
     "ibmEventNotifications"},
    {-12, "ms_teams_workflow", "MS Teams Workflow", "", "MS_TEAMS_WORKFLOW", "msTeamsWorkflow"},
}};

/// The numbers of v5's unknown types end here.
constexpr std::int64_t last_unknown = -1000;

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

bool is_server_owned(std::string_view name, Form form) {
  if (form == Form::v5)
    return name == member::id || name == member::external_id || name == member::camel_created_at ||
           name == member::camel_updated_at;
  return name == member::id || name == member::company_id || name == member::camel_company_id ||
         name == member::created_at || name == member::updated_at;
}

bool is_type_id(std::string_view name) { return name == member::type_id || name == member::camel_type_id; }

bool is_configuration(std::string_view name) {
  return name != member::name && name != member::type && name != member::url &&
         !is_server_owned(name, Form::v5);
}

bool is_kept_when_redacted(std::string_view name, Form form) {
  if (is_server_owned(name, form)) return true;
  return form == Form::v1 ? name == member::alias || name == member::type_block
                          : name == member::name || name == member::type;
}

WebhookMembers::WebhookMembers(const json::Value& webhook, std::optional<Form> known) {
  if (known) form = *known;
  read(webhook);
  if (form == Form::v5) return;
  shows_form = alias || type_id || camel_type_id || type_block || fields;
  if (known || shows_form) return;
  const auto v5_type = webhook.find(member::type);
  if ((v5_type && v5_type->is(Kind::string)) || std::ranges::any_of(table_a, [&](const WebhookKind& kind) {
        return webhook.find(kind.configuration).has_value();
      })) {
    *this = WebhookMembers(webhook, Form::v5);
    shows_form = true;
  }
}

void WebhookMembers::read(const json::Value& webhook) {
  using Known = std::pair<std::string_view, std::optional<json::Value> WebhookMembers::*>;
  static constexpr std::array<Known, 8> of_v1 = {{{member::id, &WebhookMembers::id},
                                                  {member::alias, &WebhookMembers::alias},
                                                  {member::type_id, &WebhookMembers::type_id},
                                                  {member::camel_type_id, &WebhookMembers::camel_type_id},
                                                  {member::type_block, &WebhookMembers::type_block},
                                                  {member::created_at, &WebhookMembers::created_at},
                                                  {member::updated_at, &WebhookMembers::updated_at},
                                                  {member::fields, &WebhookMembers::fields}}};
  static constexpr std::array<Known, 6> of_v5 = {{{member::id, &WebhookMembers::uuid},
                                                  {member::external_id, &WebhookMembers::id},
                                                  {member::name, &WebhookMembers::alias},
                                                  {member::type, &WebhookMembers::type_id},
                                                  {member::camel_created_at, &WebhookMembers::created_at},
                                                  {member::camel_updated_at, &WebhookMembers::updated_at}}};
  const auto known = form == Form::v1 ? std::span<const Known>(of_v1) : of_v5;
  std::string decoded;
  webhook.each_member([&](const json::Value& key, const json::Value& value) {
    const auto name = key.unescape(decoded);
    const auto found = std::ranges::find(known, name, &Known::first);
    if (found != known.end()) this->*found->second = value;
  });
}

std::optional<std::int64_t> WebhookMembers::type() const {
  if (form == Form::v5)
    return type_id && type_id->is(Kind::string) && !type_id->is_string("")
               ? std::optional(number_of_v5_type(type_id->string()))
               : std::nullopt;
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

std::int64_t number_of_v5_type(std::string_view type) {
  const auto found = std::ranges::find(table_a, type, &WebhookKind::v5_type);
  if (found != table_a.end()) return found->id;
  std::uint32_t hash = 2166136261;  // FNV-1a: ledgers keep the number, so it must never change
  for (const char c : type) hash = (hash ^ static_cast<unsigned char>(c)) * 16777619;
  return last_unknown - static_cast<std::int64_t>(hash);
}

std::string type_name(std::int64_t type) {
  if (type <= last_unknown) return "unknown";
  const auto* kind = find_kind(type);
  return kind != nullptr ? std::string(kind->name) : std::to_string(type);
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

std::string_view retirement_of(std::string_view host, std::string_view path) {
  for (const auto& receiver : retired_receivers) {
    const bool is_host = receiver.host[0] == '.' ? host.ends_with(receiver.host) : host == receiver.host;
    if (is_host && path.starts_with(receiver.path)) return receiver.why;
  }
  return {};
}

std::vector<std::string> table_b_breaches(std::int64_t type, std::string_view fields_text) {
  const auto is_for_type = [&](const FieldRule& rule) { return (rule.types & bit_of(type)) != 0; };
  if (fields_text == "[]" && std::ranges::none_of(table_b, is_for_type)) return {};
  const auto document = json::Document::try_over(fields_text);
  if (!document || !document->root().is(Kind::array)) return {"no JSON array"};
  const auto fields = document->root().elements();
  for (const auto& field : fields) {
    const auto name = field.find("name");
    if (!name || !name->is(Kind::string) || !field.find("value")) return {"an element is no {name, value}"};
  }
  std::vector<std::string> out;
  for (const auto& rule : table_b) {
    if (!is_for_type(rule)) continue;
    const auto field = std::ranges::find_if(
        fields, [&](const json::Value& one) { return one.find("name")->is_string(rule.field); });
    if (field == fields.end())
      out.push_back(std::string(rule.field) + " is missing");
    else if (!rule.complies(*field->find("value")))
      out.push_back(std::string(rule.field) + " is not " + std::string(rule.expected));
  }
  return out;
}

std::vector<std::string> configuration_breaches(std::int64_t type, const json::Value& webhook) {
  std::vector<std::string> names;
  webhook.each_member([&](const json::Value& key, const json::Value& value) {
    auto name = key.string();
    if (is_configuration(name) && !value.is(Kind::null)) names.push_back(printable_excerpt(name, 40));
  });
  const auto* kind = find_kind(type);
  const auto expected = kind == nullptr ? std::string() : std::string(kind->configuration);
  if (names.empty()) return {"has no configuration" + (expected.empty() ? "" : " (" + expected + ")")};
  if (names.size() > 1) return {"has several configurations: " + boost::algorithm::join(names, ", ")};
  if (expected.empty() || names.front() == expected) return {};
  return {"has the configuration " + names.front() + ", and its type takes " + expected};
}

}  // namespace hookferry::webhook
