#include "report/terraform.hpp"

#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <set>
#include <span>
#include <utility>

#include <fmt/format.h>
#include <boost/algorithm/string/case_conv.hpp>
#include <boost/algorithm/string/join.hpp>

#include "core/crypto.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "secrets/secrets.hpp"
#include "transform/transformer.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::report {
namespace {

using json::Kind;
namespace member = webhook::member;

constexpr std::string_view prefix = "coralogix_webhook_";  ///< of the variables

// HCL: strings that evaluate to a text, and what HCL itself does to text.

std::string quoted(std::string_view text) {
  std::string out = "\"";
  while (!text.empty()) {
    const auto character = text.substr(0, std::max<std::size_t>(first_character(text).length, 1));
    const auto shown = printable(character);
    if (character == "\"" || character == "\\")
      out += '\\';
    else if ((character == "$" || character == "%") && text.substr(1).starts_with('{'))
      out += character;  // a template begins with one sign, the sign itself with two
    out += shown.starts_with("\\x") ? "\\u00" + shown.substr(2) : shown;
    text.remove_prefix(character.size());
  }
  return out + '"';
}

// HCL replaces every text by its NFC. The characters that may change then are those that do not have the
// Unicode property NFC_Quick_Check; a few ranges hold some more. Left out are the vowel signs of Indian
// scripts, which join some letters only.
using Range = std::pair<std::uint32_t, std::uint32_t>;
constexpr Range changed_by_nfc[] = {
    {0x300, 0x304},     {0x306, 0x30C},     {0x30F, 0x314},    {0x31B, 0x31B},   {0x323, 0x331},
    {0x338, 0x345},     {0x374, 0x374},     {0x37E, 0x37E},    {0x387, 0x387},   {0x653, 0x655},
    {0x958, 0x95F},     {0x9DC, 0x9DF},     {0xA33, 0xA33},    {0xA36, 0xA36},   {0xA59, 0xA5B},
    {0xA5E, 0xA5E},     {0xB5C, 0xB5D},     {0xF43, 0xFB9},    {0x1161, 0x1175}, {0x11A8, 0x11C2},
    {0x1B35, 0x1B35},   {0x1F71, 0x1F7D},   {0x1FBB, 0x1FFD},  {0x2000, 0x2001}, {0x2126, 0x212B},
    {0x2329, 0x232A},   {0x2ADC, 0x2ADC},   {0x3099, 0x309A},  {0xF900, 0xFAD9}, {0xFB1D, 0xFB4E},
    {0x110BA, 0x11930}, {0x1D15E, 0x1D1C0}, {0x2F800, 0x2FA1D}};
constexpr std::u32string_view joining =
    U"\u0928\u0930\u0933\u09C7\u0B47\u0B92\u0BC6\u0BC7\u0C46\u0CBF\u0CC6\u0CCA"
    U"\u0D46\u0D47\u0DD9\u0DDA\u0DDC\u1025";
constexpr std::u32string_view joined =
    U"\u093C\u09BE\u09D7\u0B3E\u0B56\u0B57\u0BBE\u0BD7\u0C56\u0CC2\u0CD5\u0CD6"
    U"\u0D3E\u0D57\u0DCA\u0DCF\u0DDF\u102E";

enum class Normality { nfc, other, no_unicode };

Normality normality_of(std::string_view text) {
  auto out = Normality::nfc;
  for (char32_t before = 0; !text.empty();) {
    const auto [code_point, length] = first_character(text);
    const char32_t c = code_point;
    if (length == 0) return Normality::no_unicode;
    text.remove_prefix(length);
    const auto* range = std::ranges::lower_bound(changed_by_nfc, c, {}, &Range::second);
    const bool changes = range != std::end(changed_by_nfc) && c >= range->first;
    const bool joins = joining.find(before) != joining.npos && joined.find(c) != joined.npos;
    // In the blocks of Hebrew and Arabic, the points have the order that NFC gives them.
    const auto swapped_in = [&](char32_t first, char32_t last) {
      return first <= c && c < before && before <= last;
    };
    if (changes || joins || swapped_in(0x5B0, 0x5C2) || swapped_in(0x64B, 0x652)) out = Normality::other;
    before = c;
  }
  return out;
}

// The resource.

/// How the provider holds a type of v5.
struct ResourceType {
  std::string_view configuration, block;
  /// Of the configuration, but `url` is a member of the webhook. The provider requires those with a "!".
  std::string_view members;
};
constexpr std::array<ResourceType, 11> resource_types = {{
    {"slack", "slack", "url digests attachments"},
    {"genericWebhook", "custom", "uuid method! url headers payload!"},
    {"pagerDuty", "pager_duty", "serviceKey"},
    {"sendLog", "sendlog", "uuid payload!"},
    {"emailGroup", "email_group", "emailAddresses"},
    {"microsoftTeams", "microsoft_teams", "url"},
    {"jira", "jira", "url! email projectKey apiToken"},
    {"opsgenie", "opsgenie", "url!"},
    {"demisto", "demisto", "uuid url! payload!"},
    {"awsEventBridge", "event_bridge", "eventBusArn! detail! detailType! source! roleName!"},
    {"msTeamsWorkflow", "microsoft_teams_workflow", "url"},
}};

/// "service_key" for "serviceKey".
std::string attribute_of(std::string_view member) {
  if (member == "digests") return "notify_on";
  if (member == "emailAddresses") return "emails";
  std::string out;
  for (const char c : member) (is_upper(c) ? out += '_' : out) += lower_ascii(c);
  return out;
}

/// Nothing for null, too.
std::optional<json::Value> find(const json::Value& object, std::string_view name) {
  const auto out = object.find(name);
  return out && !out->is(Kind::null) ? out : std::nullopt;
}

struct Line {
  std::string name;
  std::string value;           ///< HCL
  std::string secret = {};     ///< JSON text; empty if the value is no secret
  std::string_view type = {};  ///< of a variable for it
};

/// One webhook of v5's form as a resource.
class Resource {
 public:
  explicit Resource(const webhook::Webhook& webhook) {
    const auto crossed = transform::cross(webhook, webhook::Form::v5);
    defect = crossed.webhook.defect;
    notes = crossed.warnings;
    if (defect.empty()) read(crossed.webhook);
    if (webhook.form == webhook::Form::v1 && block_ == "slack")
      notes.emplace_back("v1 shows neither digests nor attachments; add those that terraform plan shows");
  }

  /// `value_of` says what stands for the value of a line.
  std::string text(const std::string& resource,
                   const std::function<std::string(const Line&)>& value_of) const {
    std::string out;
    for (const auto& note : notes) out += "# Warning: " + note + ".\n";
    out += fmt::format("resource \"coralogix_webhook\" \"{}\" {{\n  name = {}\n  {} = {{\n", resource,
                       value_of(lines.front()), block_);
    const auto block = std::span(lines).subspan(1);
    std::size_t width = 0;
    for (const auto& line : block) width = std::max(width, line.name.size());
    for (const auto& line : block) out += fmt::format("    {:<{}} = {}\n", line.name, width, value_of(line));
    return out + (is_legacy() ? "  }\n  lifecycle {\n    ignore_changes = all\n  }\n}\n" : "  }\n}\n");
  }

  std::string defect;  ///< why the provider cannot hold it
  std::vector<std::string> notes;
  std::vector<Line> lines;  ///< first the name, then the block of the type

 private:
  void read(const webhook::Webhook& webhook) {
    const auto* kind = webhook::find_kind(webhook.identity.type);
    const auto* type =
        std::ranges::find(resource_types, kind ? kind->configuration : "", &ResourceType::configuration);
    if (kind == nullptr || type == resource_types.end())
      return refuse("the provider has no type " + webhook::type_name(webhook.identity.type));
    block_ = type->block;
    if (secrets::holds_redaction(webhook.text.view())) return refuse("its secrets are redacted");
    const auto document = json::Document::over(webhook.text.view());
    const auto root = document.root();
    const auto breaches = webhook::configuration_breaches(kind->id, root);
    const auto configuration = find(root, kind->configuration);
    if (!breaches.empty() || !configuration || !configuration->is(Kind::object))
      return refuse("it " + (breaches.empty() ? "has no configuration" : breaches.front()));
    const auto& alias = webhook.identity.alias;
    add(member::name, *root.find(member::name), secrets::mask_alias(alias) != alias);
    const auto masked = secrets::replace_secrets(root, "", [](auto) { return std::string(); });
    for (auto rest = type->members; !rest.empty();) {
      auto member = next_part(rest, " ");
      const bool is_required = member.ends_with('!');
      if (is_required) member.remove_suffix(1);
      const auto found = find(member == member::url ? root : *configuration, member);
      const auto is_inside = [&](const json::Edit& edit) {
        return edit.begin >= found->begin() && edit.end <= found->end();
      };
      if (found)
        add(member, *found, std::ranges::any_of(masked, is_inside));
      else if (is_required)
        refuse("it has no " + attribute_of(member));
      else if (member == "uuid")
        notes.emplace_back("it has no uuid; Terraform sets one with the next change");
    }
    if (!defect.empty()) return;
    // The provider reads an empty list as null.
    if (block_ == "slack" && lines.back().name != "attachments") lines.push_back({"attachments", "null"});
    const auto url = root.find(member::url);
    if (url && !url->string().empty() && std::ranges::find(lines, "url", &Line::name) == lines.end())
      notes.emplace_back("the provider does not know its url and removes it with the next change");
    if (is_legacy())
      notes.emplace_back("the provider can read legacy Teams webhooks, but not create or change them");
  }

  bool is_legacy() const { return block_ == "microsoft_teams"; }

  void refuse(const std::string& why) {
    if (defect.empty()) defect = why;
  }

  void add(std::string_view member, const json::Value& value, bool is_secret) {
    const auto name = attribute_of(member);
    const bool is_map = member == "headers";
    const bool is_list = member == "digests" || member == "attachments" || member == "emailAddresses";
    bool fits = value.is(is_map ? Kind::object : is_list ? Kind::array : Kind::string);
    auto worst = Normality::nfc;
    const auto text_of = [&](const json::Value& one) {
      const auto text = one.string();
      fits = fits && one.is(Kind::string);
      worst = std::max(worst, normality_of(text));
      return quoted(text);
    };
    // A word that the provider knows; v5 has it in capitals.
    const auto word_of = [&](const std::optional<json::Value>& one, std::string_view known) {
      auto out = one ? lower_ascii(one->string()) : std::string();
      fits = fits && holds(split(known, ' '), out);
      return out;
    };
    std::string hcl;
    const auto append = [&](const std::string& element) { (hcl += hcl.empty() ? "" : ", ") += element; };
    if (member == "method")
      append(quoted(word_of(value, "get post put")));
    else if (!is_map && !is_list)
      append(text_of(value));
    std::map<std::string, std::string> headers;  // sorted, because v5 returns them in no order
    value.each_member(
        [&](const json::Value& key, const json::Value& one) { headers[text_of(key)] = text_of(one); });
    for (const auto& [header, text] : headers) append(header + " = " + text);
    value.each_element([&](const json::Value& one) {
      if (member == "emailAddresses") return append(text_of(one));
      const auto type = one.find(member::type), active = one.find("isActive");
      const bool is_active = active && active->text() == "true";
      if (member == "attachments")
        return append(fmt::format("{{ type = \"{}\", active = {} }}",
                                  word_of(type, "empty metric_snapshot logs"), is_active));
      const auto word = word_of(type, "error_and_critical_logs flow_anomalies spike_anomalies data_usage");
      append(quoted(word));
      if (!is_active)
        notes.push_back("the digest " + word +
                        " is inactive; the provider activates it with the next change");
    });
    if (!fits) return refuse("the provider cannot hold its " + name);
    if (worst == Normality::no_unicode) return refuse("its " + name + " is not valid Unicode");
    if (worst == Normality::other)
      notes.push_back(name + " may not be in Unicode's normal form NFC; Terraform converts it");
    if (hcl.empty()) return;  // the provider reads it as null
    if (is_map) hcl = "{ " + hcl + " }";
    if (is_list) hcl = "[" + hcl + "]";
    const auto type = is_map ? "map(string)" : is_list ? "list(string)" : "string";
    lines.push_back({name, hcl, is_secret ? json::compact(value) : "", type});
  }

  std::string_view block_;
};

/// Gives each name once: the second one becomes NAME_2, the third one NAME_3.
class UniqueNames {
 public:
  std::string add(const std::string& name) {
    auto& number = numbers_.emplace(name, 1).first->second;
    auto out = name;
    while (!taken_.insert(out).second) out = name + "_" + std::to_string(++number);
    return out;
  }

 private:
  std::map<std::string, std::size_t> numbers_;
  std::set<std::string> taken_;
};

/// A name cannot be a variable, so that it must not show a token of the alias.
std::string resource_name(std::string_view alias) {
  const auto shown = secrets::mask_alias(alias, [](std::string_view) { return std::string("secret"); });
  std::string out = is_digit(shown.front()) ? "w_" : "";
  for (std::string_view rest = shown; !rest.empty();) {
    out += is_letter(rest[0]) || is_digit(rest[0]) ? lower_ascii(rest[0]) : '_';
    rest.remove_prefix(std::max<std::size_t>(first_character(rest).length, 1));
  }
  return out;
}

constexpr std::string_view digest_begin = "# Written by hookferry. SHA-256 of the lines below: ";

}  // namespace

std::vector<NamedWebhook> named_by_alias(std::vector<webhook::Webhook> webhooks) {
  std::ranges::stable_sort(
      webhooks, {}, [](const webhook::Webhook& one) { return std::pair(!one.id, one.id.value_or(0)); });
  UniqueNames names;
  std::vector<NamedWebhook> out;
  out.reserve(webhooks.size());
  for (auto& webhook : webhooks) {
    const auto& alias = webhook.identity.alias;
    auto name = alias.empty() ? std::string() : names.add(resource_name(alias));
    out.push_back({std::move(name), std::move(webhook)});
  }
  return out;
}

TerraformFiles render_terraform(const std::vector<NamedWebhook>& webhooks, bool inline_secrets) {
  TerraformFiles out;
  UniqueNames variables;
  const auto append = [](std::string& file, const std::string& part) {
    file += (file.empty() ? "" : "\n") + part;
  };
  for (const auto& named : webhooks) {
    const auto who = webhook::describe(named.webhook) + ": ";
    const Resource resource(named.webhook);
    if (!resource.defect.empty()) {
      out.left_out.push_back(who + resource.defect);
      continue;
    }
    for (const auto& note : resource.notes) out.warnings.push_back(who + note);
    append(out.webhooks, resource.text(named.resource, [&](const Line& line) {
      if (line.secret.empty() || inline_secrets) return line.value;
      const auto variable = variables.add(fmt::format("{}{}_{}", prefix, named.resource, line.name));
      append(out.variables, fmt::format("variable \"{}\" {{\n  type      = {}\n  sensitive = true\n}}\n",
                                        variable, line.type));
      out.secrets += (out.secret_values++ == 0 ? "{\n  \"" : ",\n  \"") + variable + "\": ";
      json::append_pretty(out.secrets, line.secret, 2);
      return "var." + variable;
    }));
    ++out.resources;
    if (named.webhook.uuid.empty()) continue;
    append(out.imports, fmt::format("import {{\n  to = coralogix_webhook.{}\n  id = {}\n}}\n", named.resource,
                                    quoted(named.webhook.uuid.str())));
    ++out.import_blocks;
  }
  if (!out.secrets.empty()) out.secrets += "\n}\n";
  return out;
}

std::string terraform_provider(const region::Region* region) {
  constexpr std::array<std::string_view, 8> known = {"eu1", "eu2", "us1", "us2", "us3", "ap1", "ap2", "ap3"};
  auto place =
      std::string("  # The environment names the account's region: CORALOGIX_ENV or CORALOGIX_DOMAIN.\n");
  if (region != nullptr)
    place = holds(known, region->code) ? "  env = \"" + boost::algorithm::to_upper_copy(region->code) + "\"\n"
                                       : "  domain = " + quoted(region->domain) + "\n";
  return "terraform {\n  required_version = \">= 1.5\"\n  required_providers {\n    coralogix = {\n"
         "      source  = \"coralogix/coralogix\"\n      version = \"~> 3.10\"\n    }\n  }\n}\n\n"
         "# The key comes from the environment: CORALOGIX_API_KEY.\nprovider \"coralogix\" {\n" +
         place + "}\n";
}

std::string with_terraform_digest(std::string_view text) {
  return std::string(digest_begin) + sha256_hex(text) + "\n" + std::string(text);
}

bool has_terraform_digest(std::string_view file) {
  const auto end = file.find('\n');
  return end != std::string_view::npos && file == with_terraform_digest(file.substr(end + 1));
}

bool is_terraform_secrets(std::string_view file) {
  const auto document = json::Document::try_over(file);
  if (!document || !document->root().is(Kind::object)) return false;
  bool out = true;
  document->root().each_member(
      [&](const json::Value& key, const json::Value&) { out = out && key.string().starts_with(prefix); });
  return out;
}

}  // namespace hookferry::report
