#include "sandbox/store.hpp"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>
#include <array>
#include <boost/algorithm/string/replace.hpp>
#include <boost/json/value.hpp>
#include <map>
#include <vector>

#include "core/text.hpp"
#include "json/build.hpp"
#include "transform/transformer.hpp"
#include "webhook/kinds.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::sandbox {

using json::Kind;
using webhook::Form;

std::optional<std::string> guide_objection(const json::Value& webhook) {
  if (!webhook.is(Kind::object)) return "a webhook is an object";
  const auto alias = webhook.find("alias");
  if (!alias || !alias->is(Kind::string) || alias->string().empty()) return "alias is missing";
  for (const auto& [key, _] : webhook.members())
    if (const auto name = key.string(); webhook::is_server_owned(name) && name != "id")
      return name + " belongs to the server";
  if (const auto id = webhook.find("id"); id && !id->integer()) return "id is not a number";

  const auto type = webhook.find("integration_type_id");
  const auto* kind = type && type->integer() ? webhook::find_kind(*type->integer()) : nullptr;
  if (kind == nullptr || !kind->in_v1()) return "integration_type_id is none of Table A";
  const auto block = webhook.find("integration_type");
  if (!block || !block->is(Kind::object)) return "integration_type is not an object";
  const auto block_id = block->find("id");
  if (!block_id || block_id->integer() != kind->id)
    return "integration_type.id differs from integration_type_id";
  const auto label = block->find("label") ? block->find("label") : block->find("name");
  if (!label || !label->is(Kind::string) || !webhook::label_fits(*kind, label->string()))
    return "integration_type has no label of that type";

  const auto url = webhook.find("url");
  if (!url || !url->is(Kind::string)) return "url is not a string";
  const auto fields = webhook.find("integration_type_fields");
  if (fields && !fields->is(Kind::string)) return "integration_type_fields is not a string";
  const auto breaches = webhook::table_b_breaches(kind->id, fields ? fields->string() : "[]");
  if (!breaches.empty()) return "integration_type_fields: " + breaches.front();
  return std::nullopt;
}

namespace {

/// What a member of a configuration holds.
enum class Shape {
  text,
  choice,    ///< one of a list of names
  texts,     ///< an array of strings
  map,       ///< an object of strings
  switches,  ///< an array of objects with one of a list of names as `type`, and with `isActive`
};
/// Members of a configuration, or of the webhook itself.
struct V5Members {
  std::string_view configuration, names;
  Shape shape = Shape::text;
  std::string_view choices = {};
};
constexpr auto v5_members = std::to_array<V5Members>({
    {"", "type name url"},
    {"genericWebhook", "uuid payload"},
    {"genericWebhook", "method", Shape::choice, "UNKNOWN GET POST PUT"},
    {"genericWebhook", "headers", Shape::map},
    {"slack", "digests", Shape::switches,
     "UNKNOWN ERROR_AND_CRITICAL_LOGS FLOW_ANOMALIES SPIKE_ANOMALIES DATA_USAGE"},
    {"slack", "attachments", Shape::switches, "EMPTY METRIC_SNAPSHOT LOGS"},
    {"pagerDuty", "serviceKey"},
    {"sendLog", "uuid payload"},
    {"emailGroup", "emailAddresses", Shape::texts},
    {"jira", "apiToken email projectKey"},
    {"demisto", "uuid payload"},
    {"awsEventBridge", "eventBusArn detail detailType source roleName"},
    {"ibmEventNotifications", "eventNotificationsInstanceId regionId sourceId sourceName"},
    {"ibmEventNotifications", "endpointType", Shape::choice,
     "ENDPOINT_TYPE_DEFAULT_OR_PUBLIC ENDPOINT_TYPE_PRIVATE"},
});

/// Reads what v5's schema types, and keeps the first objection.
class V5Reader {
 public:
  V5Body read(const json::Value& data) {
    const webhook::WebhookMembers members(data, Form::v5);
    const auto type = members.type().value_or(INT64_MIN);
    const auto* kind = webhook::find_kind(type);
    if (kind == nullptr) refuse("enum", "type", members.type_id);
    if (!members.alias || !members.alias->is(Kind::string)) object("name is missing");
    if (const auto url = data.find("url"); type == webhook::sendlog_type && url && !url->is(Kind::null))
      object("url is not supported for SendLog webhooks");
    // The schema allows one configuration or none.
    const auto breaches = webhook::configuration_breaches(type, data);
    if (!breaches.empty() && !breaches.front().starts_with("has no configuration"))
      object("the webhook " + breaches.front());
    auto text = object_of("", data, kind == nullptr ? std::string_view() : kind->configuration);
    return {std::move(text), std::move(objection_)};
  }

 private:
  void object(const std::string& why) {
    if (objection_.empty()) objection_ = why;
  }
  void refuse(std::string_view type, std::string_view name, const std::optional<json::Value>& value) {
    object(fmt::format("invalid value for {} field {}: {}", type, name,
                       value ? printable_excerpt(value->text(), 40) : "null"));
  }

  /// The members of a configuration, or of the webhook, which has the configuration `nested`.
  std::string object_of(std::string_view configuration, const json::Value& given, std::string_view nested) {
    if (!given.is(Kind::object)) refuse("message", configuration, given);
    std::map<std::string, std::string> out;
    given.each_member([&](const json::Value& key, const json::Value& value) {
      const auto name = key.string();
      const auto* members = std::ranges::find_if(v5_members, [&](const V5Members& some) {
        return some.configuration == configuration && is_one_of(name, some.names);
      });
      if (value.is(Kind::null))
        out.erase(name);
      else if (members != v5_members.end())
        out[name] = value_of(*members, name, value);
      else if (configuration.empty() && name == nested)
        out[name] = object_of(nested, value, {});
      else
        object("unknown field \"" + printable_excerpt(name, 40) + "\"");
    });
    return joined(out);
  }

  static std::string joined(const std::map<std::string, std::string>& members) {
    std::string out;
    for (const auto& [name, text] : members)
      out += fmt::format("{}{}:{}", out.empty() ? "" : ",", json::encode(name), text);
    return "{" + out + "}";
  }

  std::string value_of(const V5Members& members, const std::string& name, const json::Value& value) {
    const auto text_of = [&](const json::Value& one) {
      if (!one.is(Kind::string)) refuse("string", name, one);
      return json::encode(one.string());
    };
    const auto choice_of = [&](const std::optional<json::Value>& one) {
      if (!one || !is_one_of(one->string(), members.choices)) refuse("enum", name, one);
      return one ? std::string(one->text()) : "null";
    };
    if (members.shape == Shape::text) return text_of(value);
    if (members.shape == Shape::choice) return choice_of(value);
    if (!value.is(members.shape == Shape::map ? Kind::object : Kind::array)) refuse("repeated", name, value);
    std::map<std::string, std::string> map;
    value.each_member(
        [&](const json::Value& key, const json::Value& one) { map[key.string()] = text_of(one); });
    if (members.shape == Shape::map) return joined(map);
    std::vector<std::string> out;
    value.each_element([&](const json::Value& one) {
      if (members.shape == Shape::texts) return out.push_back(text_of(one));
      const auto active = one.find("isActive");
      if (active && !active->is(Kind::boolean)) refuse("bool", "isActive", active);
      out.push_back(fmt::format(R"({{"type":{},"isActive":{}}})", choice_of(one.find("type")),
                                active ? active->text() : "false"));
    });
    return fmt::format("[{}]", fmt::join(out, ","));
  }

  std::string objection_;
};

/// The alias with what the fault makes of it.
std::string stored_alias(std::string alias, Normalise how) {
  if (how == Normalise::trim) return std::string(trimmed(alias));
  if (how == Normalise::lower) return lower_ascii(alias);
  if (how == Normalise::cut) return alias.substr(0, 16);
  if (how == Normalise::nfc)  // as much of it as a trial needs
    for (const auto& [apart, composed] :
         {std::pair{"a\u0308", "ä"}, {"o\u0308", "ö"}, {"u\u0308", "ü"}, {"e\u0301", "é"}})
      boost::algorithm::replace_all(alias, apart, composed);
  return alias;
}

/// The value (JSON text) that is stored for a member of a posted element.
std::string stored_value(Form form, const std::string& name, const json::Value& value, const Fault& fault) {
  std::string text(value.text());
  const auto stored_type = [&](std::string_view type) -> std::string {
    if (fault.normalise != Normalise::type) return std::string(type);
    return type == "8" ? "5" : "8";
  };
  if (name == "integration_type_id" || name == "integrationTypeId") return stored_type(text);
  if (name == "integration_type") {
    std::vector<json::Edit> edits;
    const bool is_labelled = value.find("label").has_value();
    for (const auto& [key, part] : value.members()) {
      // Requests may say name where responses say label.
      if (key.string() == "name" && !is_labelled)
        edits.push_back({key.begin() - value.begin(), key.end() - value.begin(), "\"label\""});
      if (key.string() == "id")
        edits.push_back({part.begin() - value.begin(), part.end() - value.begin(), stored_type(part.text())});
    }
    return json::apply(text, edits);
  }
  if (!value.is(Kind::string)) return text;
  const auto content = value.string();
  if (form == Form::v5 && name == "type" && fault.normalise == Normalise::type)
    return content == "DEMISTO" ? "\"MICROSOFT_TEAMS\"" : "\"DEMISTO\"";
  if (name == (form == Form::v5 ? "name" : "alias") && fault.normalise > Normalise::collapse)
    return json::encode(stored_alias(content, fault.normalise));
  if (name == fault.drop) return "\"\"";
  if (name == "url" && fault.normalise == Normalise::collapse) return "\"\"";
  if (name == "url" && fault.normalise == Normalise::injective)
    return json::encode(content.ends_with("#n") ? content : content + "#n");
  if (name == fault.alter) return json::encode(content + "#altered");
  if (name == (form == Form::v5 ? "payload" : "integration_type_fields") && fault.reserialize)
    if (const auto inner = json::Document::try_parse(content))
      return json::encode(json::pretty(inner->root()));
  return text;
}

/// The members of a posted object, each as it is stored. A configuration is an object of members itself.
std::vector<std::string> stored_members(const json::Value& object, Form form, const Fault& fault) {
  std::vector<std::string> out;
  for (const auto& [key, value] : object.members()) {
    const auto name = key.string();
    if (form == Form::v1 ? name == "id" : webhook::is_server_owned(name, form)) continue;
    const bool is_configuration = form == Form::v5 && value.is(Kind::object) && name != "headers";
    auto members = is_configuration ? stored_members(value, form, fault) : std::vector<std::string>();
    if (name == "slack" && fault.add_snapshot && !value.find("attachments"))
      members.emplace_back(R"("attachments":[{"type":"METRIC_SNAPSHOT","isActive":true}])");
    out.push_back(fmt::format("{}:{}", key.text(),
                              is_configuration ? fmt::format("{{{}}}", fmt::join(members, ","))
                                               : stored_value(form, name, value, fault)));
  }
  return out;
}

/// The webhook's id as a response shows it (JSON text); nothing where it shows none.
std::optional<std::string> shown_id(const StoredWebhook& webhook, Form form, ResponseIds how) {
  const auto number = webhook.id.value_or(0);
  // Wrong ids are far above all ids that a sandbox comes to give.
  constexpr std::int64_t nowhere = 1'000'000'000'000;
  const bool wrong = how == ResponseIds::wrong;
  if (how == ResponseIds::none) return std::nullopt;
  if (how == ResponseIds::text) return fmt::format("\"abc-{}\"", number);
  if (form == Form::v1) return std::to_string(number + (wrong ? nowhere : 0));
  return json::encode(wrong ? "00000000" + webhook.uuid.substr(8) : webhook.uuid);
}

}  // namespace

V5Body read_v5_body(const json::Value& data) { return V5Reader().read(data); }

std::string stored_text(const Account& account, const StoredWebhook& posted, std::string_view created_at,
                        std::string_view updated_at, const Fault& fault) {
  const auto document = json::Document::over(posted.text);
  const auto element = document.root();
  const bool v5 = posted.form == Form::v5;
  const auto id = posted.id ? std::to_string(*posted.id) : std::string();
  auto members = stored_members(element, posted.form, fault);
  members.insert(members.begin(), v5 ? fmt::format("\"id\":\"{}\"", account.uuid_of(posted))
                                     : fmt::format("\"company_id\":{}", account.company_id()));
  if (!v5 && !element.find("integration_type_fields"))
    members.emplace_back("\"integration_type_fields\":\"[]\"");
  if (!v5 && !element.find("integrationTypeId"))
    members.push_back(fmt::format(
        "\"integrationTypeId\":{}",
        stored_value(posted.form, "integrationTypeId", *element.find("integration_type_id"), fault)));
  if (!id.empty() && !v5) members.insert(members.begin(), "\"id\":" + id);
  if (!created_at.empty())
    members.push_back(fmt::format("\"{}\":{}", v5 ? "createdAt" : "created_at", created_at));
  if (!updated_at.empty())
    members.push_back(fmt::format("\"{}\":{}", v5 ? "updatedAt" : "updated_at", updated_at));
  if (!id.empty() && v5) members.push_back("\"externalId\":" + id);
  return fmt::format("{{{}}}", fmt::join(members, ","));
}

std::string text_in_form(const Account& account, const StoredWebhook& webhook, Form form) {
  if (webhook.form == form) return webhook.text;
  const auto document = json::Document::over(webhook.text);
  const webhook::WebhookMembers members(document.root(), webhook.form);
  const auto crossed = transform::cross(
      webhook::read_webhook(document.root(), {}, webhook::Digest::when_needed, webhook.form), form);
  std::string text(crossed.webhook.text.view());
  if (!crossed.webhook.defect.empty()) {
    const auto* kind = webhook::find_kind(members.type().value_or(0));
    const auto number = kind == nullptr ? 99 : -kind->id;
    const auto given = document.root().find("url");
    const auto url = given && given->is(Kind::string) ? given->text() : "\"\"";
    const auto alias = json::encode(webhook.alias);
    text = form == Form::v5
               ? fmt::format(R"({{"type":"UNKNOWN","name":{},"url":{}}})", alias, url)
               : fmt::format(
                     R"({{"alias":{},"url":{},"integration_type_id":{},"integration_type":{{"id":{}}}}})",
                     alias, url, number, number);
  }
  StoredWebhook other(std::move(text), form);
  other.id = webhook.id;
  other.uuid = webhook.uuid;
  return stored_text(account, other, members.created_at ? members.created_at->text() : std::string_view(),
                     members.updated_at ? members.updated_at->text() : std::string_view(), {});
}

std::string shown_text(const Account& account, const StoredWebhook& webhook, Form form, const Fault& fault,
                       std::string_view members) {
  const auto text = text_in_form(account, webhook, form);
  const bool other_ids = fault.ids == ResponseIds::text || fault.ids == ResponseIds::none;
  if (members.empty() && !other_ids) return text;
  const auto document = json::Document::over(text);
  const auto id = shown_id(webhook, form, fault.ids);
  std::vector<std::string> shown;
  for (const auto& [key, value] : document.root().members()) {
    const auto name = key.string();
    const bool is_id = other_ids && (name == "id" || (form == Form::v5 && name == "externalId"));
    if ((!is_id || id) && (members.empty() || is_one_of(name, members)))
      shown.push_back(fmt::format("{}:{}", key.text(), is_id ? *id : value.text()));
  }
  return fmt::format("{{{}}}", fmt::join(shown, ","));
}

std::string written_text(const Account& account, const StoredWebhook& stored, Form form, const Fault& fault) {
  const auto id = shown_id(stored, form, fault.ids);
  if (fault.bare_ids) return id.value_or("null");
  boost::json::object out;
  if (id) out["id"] = json::raw_json(*id);
  if (form == Form::v1 && !fault.ids_only) {
    const auto text = text_in_form(account, stored, form);
    const auto document = json::Document::over(text);
    for (const auto* name : {"alias", "url", "integration_type_fields", "integration_type_id",
                             "integrationTypeId", "company_id", "updated_at", "created_at"})
      if (const auto value = document.root().find(name))
        out[name] = json::raw_json(std::string(value->text()));
    out["companyId"] = json::raw_json(account.company_id());
  }
  return json::compact(out);
}

}  // namespace hookferry::sandbox
