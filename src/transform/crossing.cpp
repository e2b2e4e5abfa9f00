#include <algorithm>
#include <array>
#include <map>
#include <set>

#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/join.hpp>

#include <fmt/format.h>

#include "secrets/secrets.hpp"
#include "transform/transformer.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::transform {
namespace {

using json::Kind;
using webhook::Form;
namespace member = webhook::member;

/// How the value of a field is written in the other form.
enum class Way {
  text,     ///< a string in both
  strings,  ///< an array or object of strings in both
  method,   ///< "post" in v1, "POST" in v5
  payload,  ///< an object or a string in v1; the text of either in v5
};

/// A field of v1 and the member of v5's configuration that are the same.
struct FieldRule {
  std::int64_t type;
  std::string_view v1, v5;
  Way way;
  std::string_view name_in(Form form) const { return form == Form::v1 ? v1 : v5; }
};

constexpr std::int64_t demisto_type = 8;
constexpr std::array<FieldRule, 13> field_rules = {{
    {webhook::webhook_type, "uuid", "uuid", Way::text},
    {webhook::webhook_type, "method", "method", Way::method},
    {webhook::webhook_type, "headers", "headers", Way::strings},
    {webhook::webhook_type, "payload", "payload", Way::payload},
    {2, "serviceKey", "serviceKey", Way::text},
    {webhook::sendlog_type, "uuid", "uuid", Way::text},
    {webhook::sendlog_type, "payload", "payload", Way::payload},
    {4, "payload", "emailAddresses", Way::strings},
    {6, "apiToken", "apiToken", Way::text},
    {6, "email", "email", Way::text},
    {6, "projectKey", "projectKey", Way::text},
    {demisto_type, "uuid", "uuid", Way::text},
    {demisto_type, "payload", "payload", Way::payload},
}};

/// The conversion of one webhook of a type that both forms have.
class Crossing {
 public:
  Crossing(const webhook::Webhook& webhook, const webhook::WebhookKind& kind, Form to)
      : kind_(kind), from_(webhook.form), to_(to), document_(json::Document::over(webhook.text.view())) {}

  std::string convert() { return to_ == Form::v5 ? to_v5() : to_v1(); }

  /// What no place was found for, each once, in the order of the text.
  std::vector<std::string> lost;
  /// Why the other form cannot hold the webhook.
  std::string defect;

 private:
  std::string to_v5() {
    const auto root = document_.root();
    const webhook::WebhookMembers members(root, from_);
    if (members.fields && !members.fields->is(Kind::null)) take_fields(*members.fields);
    std::string out = "{\"type\":" + json::encode(kind_.v5_type) + ",\"name\":";
    out += members.alias->text();
    if (const auto url = root.find(member::url); url && !url->is(Kind::null) && !url->is_string("")) {
      // v5 refuses a URL of this type.
      if (url->is(Kind::string) && kind_.id != webhook::sendlog_type)
        (out += ",\"url\":") += url->text();
      else
        lose(member::url);
    }
    if (members.type_block)
      lose_all_but(*members.type_block, {member::id, member::label, member::name, "icon"});
    lose_all_but(root, {member::alias, member::url, member::type_id, member::camel_type_id,
                        member::type_block, member::fields});
    return out + "," + json::encode(kind_.configuration) + ":{" + converted_fields("", ":", "") + "}}";
  }

  std::string to_v1() {
    const auto root = document_.root();
    if (const auto configuration = root.find(kind_.configuration)) {
      configuration->each_member(
          [&](const json::Value& key, const json::Value& value) { take(key.string(), value); });
      if (!configuration->is(Kind::object)) lose_unless_empty(kind_.configuration, *configuration);
    }
    const auto url = root.find(member::url);
    const bool has_url = url && url->is(Kind::string);
    if (url && !has_url) lose_unless_empty(member::url, *url);
    lose_all_but(root, {member::name, member::type, member::url, kind_.configuration});
    const auto id = std::to_string(kind_.id);
    return "{\"alias\":" + std::string(root.find(member::name)->text()) +
           ",\"url\":" + (has_url ? std::string(url->text()) : "\"\"") + ",\"integration_type_fields\":" +
           json::encode("[" + converted_fields("{\"name\":", ",\"value\":", "}") + "]") +
           ",\"integration_type_id\":" + id +
           ",\"integration_type\":{\"label\":" + json::encode(kind_.label) +
           ",\"icon\":" + json::encode(kind_.icon) + ",\"id\":" + id + "}}";
  }

  void take_fields(const json::Value& fields) {
    const auto text = fields.string();
    const auto document = json::Document::try_over(text);
    if (!document || !document->root().is(Kind::array)) return lose(member::fields);
    document->root().each_element([&](const json::Value& field) {
      const auto name = field.find("name");
      const auto value = field.find("value");
      if (name && name->is(Kind::string) && value)
        take(name->string(), *value);
      else
        lose(member::fields);
    });
  }

  void take(const std::string& name, const json::Value& value) {
    const auto* rule = find_rule(name);
    if (rule == nullptr || converted_.contains(rule)) return lose_unless_empty(name, value);
    if (auto text = convert_value(*rule, value)) converted_[rule] = *std::move(text);
  }

  /// Names and values as JSON texts in the order of the table, with these texts around them.
  std::string converted_fields(std::string_view before, std::string_view between,
                               std::string_view behind) const {
    std::string out;
    for (const auto& [rule, value] : converted_)
      ((((((out += out.empty() ? "" : ",") += before) += json::encode(rule->name_in(to_))) += between) +=
        value) += behind);
    return out;
  }

  const FieldRule* find_rule(std::string_view name) const {
    const auto* found = std::ranges::find_if(field_rules, [&](const FieldRule& rule) {
      return rule.type == kind_.id && rule.name_in(from_) == name;
    });
    return found == field_rules.end() ? nullptr : found;
  }

  /// JSON text; nothing if the value is unset or cannot be expressed.
  std::optional<std::string> convert_value(const FieldRule& rule, const json::Value& value) {
    if (value.is(Kind::null)) return std::nullopt;
    if (rule.way == Way::method) return convert_method(value);
    const auto name = rule.name_in(from_);
    const bool addresses = rule.v5 == "emailAddresses";
    if (rule.way == Way::strings && value.is(addresses ? Kind::array : Kind::object))
      return only_strings(name, value);
    if (value.is(Kind::string) && rule.way == Way::text) return std::string(value.text());
    if (value.is(Kind::string) && rule.way == Way::payload) {
      const auto inner = to_ == Form::v1 ? json::Document::try_parse(value.string()) : std::nullopt;
      const bool is_object = inner && inner->root().is(Kind::object);
      return std::string(is_object ? inner->root().text() : value.text());
    }
    if (value.is(Kind::object) && rule.way == Way::payload && to_ == Form::v5)
      return json::encode(value.text());
    lose(name);
    return std::nullopt;
  }

  std::optional<std::string> convert_method(const json::Value& value) {
    const auto method = lower_ascii(value.string());
    if (method == "get" || method == "post" || method == "put")
      return json::encode(to_ == Form::v5 ? boost::algorithm::to_upper_copy(method) : method);
    if (!value.is_string("") && !(from_ == Form::v5 && method == "unknown"))
      defect = fmt::format("{} has no method {}", name_of(to_),
                           printable_excerpt(secrets::mask_text(value.text()), 40));
    return std::nullopt;
  }

  /// The value without its children that are not strings, and without names that stand twice.
  std::string only_strings(std::string_view name, const json::Value& value) {
    std::string out;
    std::set<std::string> there;
    bool all = true;
    const auto add = [&](const std::string& child, std::string_view key, const json::Value& one) {
      const bool fits = one.is(Kind::string) && there.insert(child).second;
      all = all && fits;
      if (!fits) return lose_unless_empty(std::string(name) + "/" + child, one);
      ((out += out.empty() ? "" : ",") += key) += one.text();
    };
    std::size_t number = 0;
    value.each_element([&](const json::Value& one) { add(std::to_string(number++), "", one); });
    value.each_member([&](const json::Value& key, const json::Value& one) {
      add(key.string(), std::string(key.text()) + ":", one);
    });
    if (all) return std::string(value.text());
    return value.is(Kind::array) ? "[" + out + "]" : "{" + out + "}";
  }

  void lose(std::string_view name) {
    auto shown = printable_excerpt(name, 40);
    if (!holds(lost, shown)) lost.push_back(std::move(shown));
  }

  void lose_unless_empty(std::string_view name, const json::Value& value) {
    const bool empty = value.is(Kind::null) || value.is_string("") ||
                       (value.is(Kind::array) && value.elements().empty()) ||
                       (value.is(Kind::object) && value.members().empty());
    if (!empty) lose(name);
  }

  void lose_all_but(const json::Value& object, std::initializer_list<std::string_view> known) {
    object.each_member([&](const json::Value& key, const json::Value& value) {
      const auto name = key.string();
      if (!webhook::is_server_owned(name, from_) && std::ranges::find(known, name) == known.end())
        lose_unless_empty(name, value);
    });
  }

  const webhook::WebhookKind& kind_;
  const Form from_, to_;
  const json::Document document_;
  std::map<const FieldRule*, std::string> converted_;  ///< the rules are in one array, in their order
};

}  // namespace

Crossed cross(const webhook::Webhook& webhook, Form to) {
  Crossed out{webhook, {}};
  if (!webhook.defect.empty() || webhook.form == to) return out;
  const auto* kind = webhook::find_kind(webhook.identity.type);
  if (kind == nullptr || !kind->in_v1()) {
    const auto document = json::Document::over(webhook.text.view());
    const auto type = webhook.form == Form::v1 || kind != nullptr
                          ? webhook::type_name(webhook.identity.type)
                          : "\"" + secrets::mask_text(document.root().find(member::type)->string()) + "\"";
    out.webhook.defect = std::string(name_of(to)) + " has no type " + printable_excerpt(type, 40);
    return out;
  }
  Crossing crossing(webhook, *kind, to);
  auto text = crossing.convert();
  if (!crossing.defect.empty()) {
    out.webhook.defect = crossing.defect;
    return out;
  }
  out.webhook.text = SharedText(std::move(text));
  out.webhook.form = to;
  out.webhook.digest.reset();
  if (!crossing.lost.empty())
    out.warnings.push_back("not carried over: " + boost::algorithm::join(crossing.lost, ", ") + " (" +
                           std::string(name_of(to)) + " has no such fields for " +
                           webhook::type_name(kind->id) + ")");
  return out;
}

}  // namespace hookferry::transform
