#include "transform/transformer.hpp"

#include <algorithm>
#include <iterator>

#include "secrets/secrets.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::transform {
namespace {

using json::Kind;
namespace member = webhook::member;

void warn_of_type(const webhook::WebhookMembers& webhook, std::int64_t type, std::vector<std::string>& out) {
  const auto number = std::to_string(type);
  const auto check_id = [&](const std::optional<json::Value>& id, std::string_view name) {
    if (id && id->integer() != type) out.push_back(std::string(name) + " differs from the type id " + number);
  };
  check_id(webhook.type_id, member::type_id);
  check_id(webhook.camel_type_id, member::camel_type_id);
  const auto* kind = webhook::find_kind(type);
  if (kind == nullptr || !kind->in_v1()) {
    out.push_back("type id " + number + " is not in the guide; carried over as it is");
    return;
  }
  const auto& block = webhook.type_block;
  if (!block || !block->is(Kind::object)) return;
  check_id(block->find(member::id), "integration_type.id");
  for (const auto name : {member::label, member::name})
    if (const auto label = block->find(name); label && label->is(Kind::string) &&
                                              !label->is_string(kind->label) &&
                                              !webhook::label_fits(*kind, label->string()))
      out.push_back("integration_type." + std::string(name) + " \"" + printable_excerpt(label->string(), 40) +
                    "\" is not that of type " + number + " (" + std::string(kind->label) + ")");
}

/// To the guide, missing fields are an empty array.
void warn_of_fields(const std::optional<json::Value>& fields, std::int64_t type,
                    std::vector<std::string>& out) {
  if (fields && !fields->is(Kind::string)) {
    out.push_back("integration_type_fields is not a string");
    return;
  }
  std::string decoded;
  for (const auto& breach : webhook::table_b_breaches(type, fields ? fields->unescape(decoded) : "[]"))
    out.push_back("integration_type_fields: " + breach);
}

/// Whether the fields, or a webhook of v5's form, have a private key that is not the destination's.
bool holds_private_key(const json::Value& fields_value, const std::vector<std::string>& of_destination) {
  // The name may also be spelled with escapes.
  const auto text = fields_value.text();
  if (text.find(member::private_key) == std::string_view::npos && text.find("\\u") == std::string_view::npos)
    return false;
  const auto fields = fields_value.is(Kind::string) ? fields_value.string() : std::string(text);
  bool found = false;
  json::edit_members(fields,
                     [&](std::string_view name, const json::Value& value) -> std::optional<std::string> {
                       if (name != member::private_key) return std::nullopt;
                       const auto key = value.string();
                       found = found || (!key.empty() && !holds(of_destination, key));
                       return std::nullopt;
                     });
  return found;
}

/// "; to rewrite it: --rewrite-host OLD=NEW", ready to paste but for a `new_host` in capitals.
std::string rewrite_hint(const std::string& old_host, const std::string& new_host) {
  return "; to rewrite it: --rewrite-host " + old_host + "=" + new_host;
}

/// The hint for a host that no rule can rewrite where it stands.
constexpr std::string_view overlay_hint = "; --overlay sets another value";

std::string describe(const region::Mention& mention, const TransformRules& rules) {
  const auto host = printable_excerpt(mention.host, 100);
  const auto* region = rules.destination_region;
  switch (mention.kind) {
    case region::MentionKind::team_host:
      // The user chooses the team's name, and the region has the domain.
      return "points to the source's team host " + host + ", unchanged" +
             rewrite_hint(host, region == nullptr || region->team_suffixes.empty()
                                    ? "NEW-HOST"
                                    : "TEAM." + region->team_suffixes.front());
    case region::MentionKind::private_link:
      return "points to the private link " + host + ", unchanged" +
             rewrite_hint(
                 host, region == nullptr || region->private_host.empty() ? "NEW-HOST" : region->private_host);
    case region::MentionKind::legacy_ingestion:
      return "uses the retired ingestion endpoint " + host + "; reconfigure it";
    case region::MentionKind::bare_host:
      return "names the source's host " + host + " in plain text, unchanged" + std::string(overlay_hint);
  }
  return {};
}

/// The region of that service host; nullptr for none, and for hosts of the destination or the user's rules.
const region::Region* left_region(const std::string& host, const TransformRules& rules) {
  const auto* region = rules.regions->find_by_host(host);
  const bool right = region == nullptr || region == rules.destination_region || rules.hosts.leads_to(host);
  return right ? nullptr : region;
}

void warn_of_left_hosts(std::string_view text, const TransformRules& rules, std::vector<std::string>& out) {
  const auto open = region::hosts_in(text);
  for (const auto& host : open) {
    const auto* region = left_region(host, rules);
    if (region == nullptr) continue;
    // The hint names the host of the same service at the destination.
    region::HostRewrites hosts;
    if (rules.destination_region != nullptr)
      hosts = region::HostRewrites::between(*region, *rules.destination_region);
    const auto* new_host = hosts.find(host);
    const auto shown = printable_excerpt(host, 100);
    out.push_back("points at " + shown + " of region " + printable(region->code) + ", unchanged" +
                  rewrite_hint(shown, new_host != nullptr ? *new_host : "NEW-HOST"));
  }
  if (text.find('%') == std::string_view::npos) return;
  std::string decoded(text);
  for (int round = 0; round < 3; ++round)  // for a URL in a URL in a URL
    decoded = secrets::percent_decoded(decoded);
  for (const auto& host : region::hosts_in(decoded))
    if (const auto* region = left_region(host, rules); region != nullptr && !holds(open, host))
      out.push_back("holds a percent-encoded URL of " + printable_excerpt(host, 100) + " of region " +
                    printable(region->code) + ", unchanged" + std::string(overlay_hint));
}

void warn_of_hosts(const json::Value& webhook, const TransformRules& rules, const region::HostFilter& filter,
                   const webhook::SecretPlaces& secrets, std::vector<std::string>& out) {
  if (rules.regions == nullptr) return;
  const auto look = [&](std::string_view text) {
    if (holds(secrets.values, text)) return;  // not even its host is told
    for (const auto& mention : region::find_mentions(text, *rules.regions, rules.source))
      out.push_back(describe(mention, rules));
    warn_of_left_hosts(text, rules, out);
  };
  visit_strings(webhook, look, [&](std::string_view literal) { return filter.may_name_any(literal); });
}

void warn_of_retired_receiver(const json::Value& webhook, std::vector<std::string>& out) {
  const auto value = webhook.find(member::url);
  if (!value || !value->is(Kind::string)) return;
  std::string decoded;
  const auto url = value->unescape(decoded);
  if (url.find("://") == std::string_view::npos) return;
  const auto hosts = region::find_hosts(url);
  if (hosts.empty()) return;
  const auto slash = std::min(url.find('/', hosts[0].end), url.size());
  const auto why = webhook::retirement_of(
      lower_ascii(url.substr(hosts[0].begin, hosts[0].end - hosts[0].begin)), url.substr(slash));
  if (!why.empty()) out.emplace_back(why);
}

}  // namespace

std::vector<std::string> service_hosts(const webhook::Webhook& webhook, const region::RegionTable& regions,
                                       const region::HostRewrites& rewrites) {
  std::vector<std::string> out;
  const auto document = json::Document::over(webhook.text.view());
  visit_strings(document.root(), [&](std::string_view text) {
    for (const auto& url : rewrites.urls_of(text)) {
      if (!url.edits.empty()) continue;
      const auto host = lower_ascii(url.host.of(text));
      if (regions.find_by_host(host) != nullptr && !holds(out, host)) out.push_back(host);
    }
  });
  return out;
}

region::HostFilter host_filter_of(const TransformRules& rules) {
  region::HostFilter out;
  for (const auto& host : rules.hosts.old_hosts()) out.add(host);
  if (rules.regions == nullptr) return out;
  for (const auto& region : rules.regions->regions()) region::add_hosts(out, region);
  if (rules.source != nullptr) region::add_hosts(out, *rules.source);
  return out;
}

std::vector<std::string> transform_warnings(const json::Value& webhook,
                                            const webhook::WebhookMembers& members, std::int64_t type,
                                            const TransformRules& rules, const region::HostFilter* filter,
                                            const Overlaid& overlaid) {
  std::vector<std::string> out;
  const bool v5 = members.form == webhook::Form::v5;
  const auto fields = v5 ? std::optional(webhook) : members.fields;
  warn_of_retired_receiver(webhook, out);
  if (v5) {
    if (webhook::find_kind(type) == nullptr && members.type_id)
      out.push_back("type \"" + printable_excerpt(secrets::mask_text(members.type_id->string()), 40) +
                    "\" is not known; carried over as it is");
    std::ranges::move(webhook::configuration_breaches(type, webhook), std::back_inserter(out));
  } else {
    warn_of_type(members, type, out);
    warn_of_fields(fields, type, out);
  }
  if (fields) {
    const bool is_sendlog = type == webhook::sendlog_type;
    const bool replaced = rules.sendlog_private_key && is_sendlog;
    if (!replaced && holds_private_key(*fields, overlaid.strings))
      out.push_back(
          is_sendlog
              ? "contains the source account's private key; to replace it, set sendlog-private-key-file "
                "in the destination's section"
              : "contains the source account's private key; --overlay sets another value");
  }
  if (filter != nullptr) warn_of_hosts(webhook, rules, *filter, overlaid.secrets, out);
  if (out.size() < 2) return out;
  // A warning is given once, even if its host stands in ten places.
  std::vector<std::string> once;
  for (auto& warning : out)
    if (!holds(once, warning)) once.push_back(std::move(warning));
  return once;
}

}  // namespace hookferry::transform
