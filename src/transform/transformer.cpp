#include "transform/transformer.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include "core/parallel.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "json/edit.hpp"
#include "region/hosts.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::transform {

using json::Kind;
namespace member = webhook::member;

void visit_strings(const json::Value& webhook, const std::function<void(std::string_view)>& visit,
                   const json::StringFilter& filter) {
  const auto passes = [&](const std::optional<json::Value>& value) {
    return value && (!filter || filter(value->text()));
  };
  const auto visit_one = [&](std::string_view text) {
    visit(text);
    return std::vector<json::Edit>();
  };
  if (const auto url = webhook.find(member::url); passes(url)) visit(url->string());
  if (const auto fields = webhook.find(member::fields); passes(fields))
    json::edit_strings(fields->is(Kind::string) ? fields->string() : std::string(fields->text()), visit_one,
                       filter);
}

namespace {

std::vector<std::string> strings_of(std::string_view webhook_text) {
  std::vector<std::string> out;
  const auto document = json::Document::over(webhook_text);
  visit_strings(document.root(), [&](std::string_view text) { out.emplace_back(text); });
  return out;
}

/// Where a UUID stands: in the text of the fields, or in a payload there that is a string of JSON.
struct UuidPlace {
  explicit UuidPlace(const json::Value& value)
      : uuid(value.string()), begin(value.begin()), end(value.end()) {}

  std::string uuid;
  std::size_t begin, end;  ///< in the text of the fields, or in the payload decoded
  std::optional<json::Decoded> payload;
  std::size_t payload_begin = 0;  ///< in the text of the fields
};

bool is_uuid(const std::optional<json::Value>& value) {
  return value && value->is(Kind::string) && !value->is_string("");
}

/// Those of fields come first, then those in payloads: the first is the webhook's own UUID.
std::vector<UuidPlace> uuid_places(std::string_view fields) {
  const auto document = json::Document::try_over(fields);
  if (!document) return {};
  std::vector<UuidPlace> out, in_payloads;
  for (const auto& field : document->root().elements()) {
    const auto name = field.find("name");
    const auto value = field.find("value");
    if (!name || !value) continue;
    if (name->is_string("uuid") && is_uuid(value)) out.emplace_back(*value);
    if (!name->is_string("payload")) continue;
    if (const auto uuid = value->find("uuid"); is_uuid(uuid)) in_payloads.emplace_back(*uuid);
    if (!value->is(Kind::string)) continue;
    auto decoded = json::decode_with_offsets(value->text());
    const auto inner = json::Document::try_over(decoded.text);
    const auto uuid = inner ? inner->root().find("uuid") : std::nullopt;
    if (!is_uuid(uuid)) continue;
    in_payloads.emplace_back(*uuid);
    in_payloads.back().payload = std::move(decoded);
    in_payloads.back().payload_begin = value->begin();
  }
  out.insert(out.end(), in_payloads.begin(), in_payloads.end());
  return out;
}

}  // namespace

std::string uuid_in(std::string_view fields) {
  if (fields.find("uuid") == std::string_view::npos) return {};
  const auto places = uuid_places(fields);
  return places.empty() ? std::string() : lower_ascii(places.front().uuid);
}

std::vector<json::Edit> fresh_uuid_edits(std::string_view fields, const std::string& destination) {
  std::vector<json::Edit> out;
  const auto places = uuid_places(fields);
  if (places.empty()) return out;
  // The project's own namespace for version 5 UUIDs. It must never change.
  const boost::uuids::name_generator_sha1 generate(
      boost::uuids::string_generator()("6b1f0c57-9f0e-5d55-8c1a-2d7d1f6f4b10"));
  const auto fresh =
      json::encode(boost::uuids::to_string(generate(destination + "\n" + places.front().uuid)));
  for (const auto& place : places) {
    const json::Edit edit{place.begin, place.end, fresh};
    out.push_back(place.payload ? json::lift({edit}, *place.payload, place.payload_begin).front() : edit);
  }
  return out;
}

namespace {

/// Edits the JSON that a string literal holds. What the edits do not name stays to the byte, escapes
/// included.
template <class EditsOf>
std::string edit_literal(std::string_view literal, EditsOf edits_of) {
  const auto decoded = json::decode_with_offsets(literal);
  return json::apply(literal, json::lift(edits_of(decoded.text), decoded, 0));
}

/// Both texts are of one webhook. They differ where hosts are rewritten, and nowhere else.
std::size_t count_rewritten_hosts(const std::string& unrewritten, const std::string& rewritten,
                                  const region::HostRewrites& hosts) {
  const auto before = strings_of(unrewritten);
  const auto after = strings_of(rewritten);
  std::size_t out = 0;
  for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i)
    if (before[i] != after[i]) out += region::count_rewritten(before[i], hosts);
  return out;
}

/// A webhook as it goes to the destination, before any overlay.
struct Draft {
  std::string text;
  bool changed = false;         ///< beyond the removal of the server's own members
  bool may_name_hosts = false;  ///< of those that rewriting and warnings look for
  std::size_t rewritten_hosts = 0;
};

/// Transforms one webhook after the other, each with the memory of the one before.
class Transformer {
 public:
  explicit Transformer(const TransformRules& rules) : rules_(rules), filter_(host_filter_of(rules)) {}

  TransformedWebhook transform(const webhook::Webhook& webhook) {
    TransformedWebhook out;
    out.source_id = webhook.id;
    out.webhook = webhook;
    if (!webhook.defect.empty()) return out;
    const bool has_overlay = !rules_.overlay.empty();
    before_.reparse(webhook.text.view());
    auto draft = make_draft(webhook.identity.type, Hosts::rewritten);
    auto overlaid = apply_overlay(rules_.overlay, webhook.identity, std::move(draft.text));

    if (draft.rewritten_hosts > 0) {
      auto plain = make_draft(webhook.identity.type, Hosts::kept).text;
      auto unrewritten = apply_overlay(rules_.overlay, webhook.identity, std::move(plain)).text;
      // A host that was rewritten, and replaced by something else after that, does not count.
      const bool replaced = rules_.fresh_uuids || rules_.sendlog_private_key || has_overlay;
      if (unrewritten != overlaid.text) {
        out.provenance.rewritten_hosts = replaced
                                             ? count_rewritten_hosts(unrewritten, overlaid.text, rules_.hosts)
                                             : draft.rewritten_hosts;
        out.provenance.unrewritten = SharedText(std::move(unrewritten));
      }
    }

    out.webhook.text = arena_.keep(overlaid.text);
    out.webhook.id.reset();
    out.webhook.modified_after_creation = false;
    out.webhook.digest.reset();
    // Without a change, the text before has the same members but for the server's own, which no warning is
    // about.
    const bool changed = draft.changed || has_overlay;
    if (changed) after_.reparse(out.webhook.text.view());
    if (has_overlay) out.webhook = webhook::read_webhook(after_.root(), out.webhook.text);
    // An overlay may set any host.
    const auto* filter = draft.may_name_hosts || has_overlay ? &filter_ : nullptr;
    out.warnings = transform_warnings((changed ? after_ : before_).root(), out.webhook.identity.type, rules_,
                                      filter, overlaid);
    out.provenance.secrets = std::move(overlaid.secrets);
    return out;
  }

 private:
  enum class Hosts { rewritten, kept };

  /// What `before_` becomes.
  Draft make_draft(std::int64_t type, Hosts hosts) const {
    Draft out;
    out.text.reserve(before_.text().size());
    out.text = "{";
    std::string decoded;
    before_.root().each_member([&](const json::Value& key, const json::Value& value) {
      const auto name = key.unescape(decoded);
      if (webhook::is_server_owned(name)) return;
      if (out.text.size() > 1) out.text += ',';
      out.text.append(key.text()) += ':';
      if (name == member::url)
        append_url(out, value, hosts);
      else if (name == member::fields)
        append_fields(out, value, type, hosts);
      else
        out.text += value.text();
    });
    out.text += '}';
    return out;
  }

  bool may_rewrite(Draft& out, std::string_view literal, Hosts hosts) const {
    if (hosts == Hosts::kept || !filter_.may_name_any(literal)) return false;
    out.may_name_hosts = true;
    return !rules_.hosts.empty();
  }

  std::vector<json::Edit> rewrite(Draft& out, std::string_view text) const {
    auto edits = region::rewrite_hosts(text, rules_.hosts);
    if (!edits.empty()) out.rewritten_hosts += region::count_rewritten(text, rules_.hosts);
    return edits;
  }

  void append_url(Draft& out, const json::Value& url, Hosts hosts) const {
    const bool rewriting = may_rewrite(out, url.text(), hosts) && url.is(Kind::string);
    if (!rewriting) {
      out.text += url.text();
      return;
    }
    out.changed = true;
    out.text += edit_literal(url.text(), [&](std::string_view text) { return rewrite(out, text); });
  }

  void append_fields(Draft& out, const json::Value& fields, std::int64_t type, Hosts hosts) const {
    const bool is_string = fields.is(Kind::string);
    const bool keyed = is_string && rules_.sendlog_private_key && type == webhook::sendlog_type;
    const bool fresh = is_string && rules_.fresh_uuids;
    const bool rewriting = may_rewrite(out, fields.text(), hosts);
    if (!keyed && !fresh && !rewriting && !fields.is(Kind::null)) {
      out.text += fields.text();
      return;
    }
    out.changed = true;
    out.may_name_hosts = out.may_name_hosts || keyed;
    std::string literal(fields.is(Kind::null) ? "\"[]\"" : fields.text());
    // Each edit sees the literal that the one before has left, so they cannot overlap.
    if (rewriting) {
      const auto edits_of = [&](std::string_view text) {
        return json::edit_strings(
            text, [&](std::string_view one) { return rewrite(out, one); },
            [&](std::string_view one) { return filter_.may_name_any(one); });
      };
      literal = is_string ? edit_literal(literal, edits_of) : json::apply(literal, edits_of(literal));
    }
    if (fresh)
      literal = edit_literal(
          literal, [&](std::string_view text) { return fresh_uuid_edits(text, rules_.destination); });
    if (keyed) {
      const auto new_key = [&](std::string_view name, const json::Value& value) {
        return name == member::private_key && value.is(Kind::string)
                   ? std::optional(json::encode(*rules_.sendlog_private_key))
                   : std::nullopt;
      };
      literal =
          edit_literal(literal, [&](std::string_view text) { return json::edit_members(text, new_key); });
    }
    out.text += literal;
  }

  const TransformRules& rules_;
  region::HostFilter filter_;
  StringArena arena_;
  json::Document before_, after_;
};

}  // namespace

Namesakes::Namesakes(std::span<const webhook::Webhook> webhooks) {
  // Nearly all identities are unique. To count all of them in the map took a fifth of the time of a
  // transformation, so it holds only those whose hash comes more than once.
  const auto hash_of = [](const webhook::Webhook& webhook) {
    return webhook::HashOfIdentity()(webhook.identity);
  };
  std::vector<std::size_t> hashes, repeated;
  hashes.reserve(webhooks.size());
  for (const auto& webhook : webhooks) hashes.push_back(hash_of(webhook));
  std::ranges::sort(hashes);
  for (std::size_t i = 1; i < hashes.size(); ++i)
    if (hashes[i] == hashes[i - 1]) repeated.push_back(hashes[i]);
  for (const auto& webhook : webhooks)
    if (webhook.defect.empty() && std::ranges::binary_search(repeated, hash_of(webhook)))
      ++counts_[{webhook.identity.alias, webhook.identity.type}];
}

std::size_t Namesakes::count(const webhook::Identity& identity) const {
  const auto found = counts_.find({identity.alias, identity.type});
  return found == counts_.end() ? 1 : found->second;
}

std::vector<TransformedWebhook> transform(const std::vector<webhook::Webhook>& webhooks,
                                          const TransformRules& rules) {
  return transform(webhooks, rules, Namesakes(webhooks));
}

std::vector<TransformedWebhook> transform(std::span<const webhook::Webhook> some, const TransformRules& rules,
                                          const Namesakes& namesakes) {
  std::vector<TransformedWebhook> out(some.size());
  in_parallel(some.size(), [&](std::size_t, std::size_t begin, std::size_t end) {
    Transformer transformer(rules);
    for (auto i = begin; i < end; ++i) {
      out[i] = transformer.transform(some[i]);
      const auto& webhook = out[i].webhook;
      const auto count = webhook.defect.empty() ? namesakes.count(webhook.identity) : 0;
      if (count > 1)
        out[i].warnings.push_back(std::to_string(count) +
                                  " webhooks of the source share this alias and type");
    }
  });
  return out;
}

namespace {

/// Compares host by host, because a rewriting leaves their number and order as they are.
void count_host_changes(std::map<std::pair<std::string, std::string>, std::size_t>& counts,
                        std::string_view before, std::string_view after) {
  const auto hosts_before = region::find_hosts(before);
  const auto hosts_after = region::find_hosts(after);
  for (std::size_t i = 0; i < std::min(hosts_before.size(), hosts_after.size()); ++i) {
    const auto text = [](std::string_view whole, const region::HostSpan& span) {
      return lower_ascii(whole.substr(span.begin, span.end - span.begin));
    };
    auto one = text(before, hosts_before[i]);
    auto other = text(after, hosts_after[i]);
    if (one != other) ++counts[{std::move(one), std::move(other)}];
  }
}

}  // namespace

std::vector<HostChange> host_changes(const std::vector<TransformedWebhook>& webhooks) {
  std::map<std::pair<std::string, std::string>, std::size_t> counts;
  for (const auto& transformed : webhooks) {
    if (transformed.provenance.rewritten_hosts == 0) continue;
    const auto before = strings_of(transformed.provenance.unrewritten.view());
    const auto after = strings_of(transformed.webhook.text.view());
    for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i)
      if (before[i] != after[i]) count_host_changes(counts, before[i], after[i]);
  }
  std::vector<HostChange> out;
  for (const auto& [hosts, times] : counts) out.push_back({hosts.first, hosts.second, times});
  std::ranges::stable_sort(out, std::ranges::greater(), &HostChange::times);
  return out;
}

}  // namespace hookferry::transform
