#include "transform/transformer.hpp"

#include <algorithm>
#include <iterator>
#include <map>

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid_io.hpp>

#include "core/parallel.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::transform {

using json::Kind;
using webhook::Form;
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
  const auto fields = webhook.find(member::fields);
  if (passes(fields))
    json::edit_strings(fields->is(Kind::string) ? fields->string() : std::string(fields->text()), visit_one,
                       filter);
  if (fields || webhook::WebhookMembers(webhook).form == Form::v1) return;
  webhook.each_member([&](const json::Value& key, const json::Value& value) {
    if (webhook::is_configuration(key.string()) && passes(value))
      json::edit_strings(value.text(), visit_one, filter);
  });
}

namespace {

/// Calls with the strings of a webhook in which hosts were rewritten, before and after that. Both texts are
/// of one webhook. They differ where hosts are rewritten, and nowhere else.
void visit_rewritten_strings(
    std::string_view unrewritten, std::string_view rewritten,
    const std::function<void(const std::string& before, const std::string& after)>& visit) {
  const auto strings_of = [](std::string_view webhook_text) {
    std::vector<std::string> out;
    const auto document = json::Document::over(webhook_text);
    visit_strings(document.root(), [&](std::string_view text) { out.emplace_back(text); });
    return out;
  };
  const auto before = strings_of(unrewritten);
  const auto after = strings_of(rewritten);
  for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i)
    if (before[i] != after[i]) visit(before[i], after[i]);
}

/// Edits the UUIDs in the text of the fields or of a configuration. The first is the webhook's own.
std::vector<json::Edit> edit_uuids(std::string_view fields, Form form,
                                   const std::function<json::Edit(const json::Value& uuid)>& edit) {
  const auto document = json::Document::try_over(fields);
  if (!document) return {};
  const auto edits_at = [&](const std::optional<json::Value>& uuid) {
    const bool is_uuid = uuid && uuid->is(Kind::string) && !uuid->is_string("");
    return is_uuid ? std::vector{edit(*uuid)} : std::vector<json::Edit>();
  };
  const auto edits_in = [&](const json::Value& payload) {
    if (!payload.is(Kind::string)) return edits_at(payload.find("uuid"));
    const auto decoded = json::decode_with_offsets(payload.text());
    const auto inner = json::Document::try_over(decoded.text);
    return json::lift(edits_at(inner ? inner->root().find("uuid") : std::nullopt), decoded, payload.begin());
  };
  std::vector<json::Edit> out;
  const auto add = [&](std::string_view name, const json::Value& value) {
    std::ranges::move(name == "uuid" ? edits_at(value) : edits_in(value), std::back_inserter(out));
  };
  for (const std::string_view wanted : {"uuid", "payload"}) {
    if (const auto value = document->root().find(wanted); value && form == Form::v5) add(wanted, *value);
    for (const auto& field : document->root().elements()) {
      const auto name = field.find("name");
      const auto value = field.find("value");
      if (name && value && name->is_string(wanted)) add(wanted, *value);
    }
  }
  return out;
}

/// Edits the JSON that a string literal holds. All else stays to the byte, escapes included.
template <class EditsOf>
std::string edit_literal(std::string_view literal, EditsOf edits_of) {
  const auto decoded = json::decode_with_offsets(literal);
  return json::apply(literal, json::lift(edits_of(decoded.text), decoded, 0));
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
    out.source_uuid = webhook.uuid;
    out.webhook = webhook;
    if (!webhook.defect.empty()) return out;
    if (webhook.form != rules_.form.value_or(webhook.form)) {
      auto crossed = cross(webhook, *rules_.form);
      out = transform(crossed.webhook);
      out.source_uuid = webhook.uuid;
      out.provenance.updated_at = webhook.updated_at;
      out.warnings.insert(out.warnings.begin(), crossed.warnings.begin(), crossed.warnings.end());
      return out;
    }
    const bool has_overlay = !rules_.overlay.empty();
    before_.reparse(webhook.text.view());
    out.provenance.updated_at = webhook.updated_at;
    auto draft = make_draft(webhook, Hosts::rewritten);
    auto overlaid = apply_overlay(rules_.overlay, webhook.identity, std::move(draft.text));

    if (draft.rewritten_hosts > 0) {
      auto plain = make_draft(webhook, Hosts::kept).text;
      auto unrewritten = apply_overlay(rules_.overlay, webhook.identity, std::move(plain)).text;
      // A host that was rewritten, and replaced by something else after that, does not count.
      const bool replaced = rules_.fresh_uuids || rules_.sendlog_private_key || has_overlay;
      if (unrewritten != overlaid.text) {
        auto& count = out.provenance.rewritten_hosts;
        const auto count_in = [&](const std::string& before, const std::string&) {
          region::rewrite_hosts(before, rules_.hosts, &count);
        };
        if (replaced)
          visit_rewritten_strings(unrewritten, overlaid.text, count_in);
        else
          count = draft.rewritten_hosts;
        out.provenance.unrewritten = SharedText(std::move(unrewritten));
      }
    }

    out.webhook.text = arena_.keep(overlaid.text);
    out.webhook.id.reset();
    out.webhook.uuid.clear();
    out.webhook.modified_after_creation = false;
    out.webhook.digest.reset();
    // Without a change, the text before differs only in the server's own members: no warning is about them.
    const bool changed = draft.changed || has_overlay;
    if (changed) after_.reparse(out.webhook.text.view());
    if (has_overlay)
      out.webhook = webhook::read_webhook(after_.root(), {}, webhook::Digest::when_needed, out.webhook.form);
    // An overlay may set any host.
    const auto* filter = draft.may_name_hosts || has_overlay ? &filter_ : nullptr;
    const auto root = (changed ? after_ : before_).root();
    const webhook::WebhookMembers members(root, out.webhook.form);
    out.warnings = transform_warnings(root, members, out.webhook.identity.type, rules_, filter, overlaid);
    if (rules_.digest == webhook::Digest::at_once) out.webhook.digest = webhook::digest_of(root, members);
    out.provenance.secrets = std::move(overlaid.secrets);
    return out;
  }

 private:
  enum class Hosts { rewritten, kept };

  /// What `before_` becomes.
  Draft make_draft(const webhook::Webhook& webhook, Hosts hosts) const {
    Draft out;
    const bool v5 = webhook.form == Form::v5;
    out.text.reserve(before_.text().size());
    out.text = "{";
    std::string decoded;
    before_.root().each_member([&](const json::Value& key, const json::Value& value) {
      const auto name = key.unescape(decoded);
      if (webhook::is_server_owned(name, webhook.form)) return;
      if (out.text.size() > 1) out.text += ',';
      out.text.append(key.text()) += ':';
      if (v5 ? webhook::is_configuration(name) : name == member::fields) {
        append_fields(out, value, webhook, hosts);
      } else if (name == member::url && may_rewrite(out, value.text(), hosts) && value.is(Kind::string)) {
        out.changed = true;
        out.text += edit_literal(value.text(), [&](std::string_view text) {
          return region::rewrite_hosts(text, rules_.hosts, &out.rewritten_hosts);
        });
      } else {
        out.text += value.text();
      }
    });
    out.text += '}';
    return out;
  }

  bool may_rewrite(Draft& out, std::string_view literal, Hosts hosts) const {
    if (hosts == Hosts::kept || !filter_.may_name_any(literal)) return false;
    out.may_name_hosts = true;
    return !rules_.hosts.empty();
  }

  /// The fields of v1's form, or a configuration of v5's.
  void append_fields(Draft& out, const json::Value& fields, const webhook::Webhook& webhook,
                     Hosts hosts) const {
    const bool v5 = webhook.form == Form::v5;
    const bool is_string = fields.is(Kind::string) && !v5;
    const bool keyed =
        (is_string || v5) && rules_.sendlog_private_key && webhook.identity.type == webhook::sendlog_type;
    const bool fresh = (is_string || v5) && rules_.fresh_uuids;
    const bool rewriting = may_rewrite(out, fields.text(), hosts);
    const bool is_null = fields.is(Kind::null) && !v5;
    if (!keyed && !fresh && !rewriting && !is_null) {
      out.text += fields.text();
      return;
    }
    out.changed = true;
    out.may_name_hosts = out.may_name_hosts || keyed;
    std::string text(is_null ? "\"[]\"" : fields.text());
    // Each edit sees the text that the one before has left, so they cannot overlap.
    const auto edit = [&](const auto& edits_of) {
      text = is_string ? edit_literal(text, edits_of) : json::apply(text, edits_of(text));
    };
    if (rewriting)
      edit([&](std::string_view inner) {
        return json::edit_strings(
            inner,
            [&](std::string_view one) {
              return region::rewrite_hosts(one, rules_.hosts, &out.rewritten_hosts);
            },
            [&](std::string_view one) { return filter_.may_name_any(one); });
      });
    if (fresh)
      edit([&](std::string_view inner) { return fresh_uuid_edits(inner, rules_.destination, webhook.form); });
    if (keyed)
      edit([&](std::string_view inner) {
        return json::edit_members(inner, [&](std::string_view name, const json::Value& value) {
          return name == member::private_key && value.is(Kind::string)
                     ? std::optional(json::encode(*rules_.sendlog_private_key))
                     : std::nullopt;
        });
      });
    out.text += text;
  }

  const TransformRules& rules_;
  region::HostFilter filter_;
  StringArena arena_;
  json::Document before_, after_;
};

}  // namespace

std::string uuid_of(const webhook::Webhook& webhook) {
  std::string out;
  if (webhook.text.view().find("uuid") == std::string_view::npos) return out;
  const auto document = json::Document::try_over(webhook.text.view());
  if (!document) return out;
  document->root().each_member([&](const json::Value& key, const json::Value& value) {
    const auto name = key.string();
    const bool v1 = webhook.form == Form::v1;
    if (v1 ? name != member::fields || !value.is(Kind::string) : !webhook::is_configuration(name)) return;
    edit_uuids(v1 ? value.string() : std::string(value.text()), webhook.form, [&](const json::Value& uuid) {
      if (out.empty()) out = lower_ascii(uuid.string());
      return json::Edit{uuid.begin(), uuid.end(), {}};
    });
  });
  return out;
}

std::vector<json::Edit> fresh_uuid_edits(std::string_view fields, const std::string& destination, Form form) {
  std::string fresh;
  return edit_uuids(fields, form, [&](const json::Value& uuid) {
    if (fresh.empty()) {
      // The project's own namespace for version 5 UUIDs. It must never change.
      const boost::uuids::name_generator_sha1 generate(
          boost::uuids::string_generator()("6b1f0c57-9f0e-5d55-8c1a-2d7d1f6f4b10"));
      fresh = json::encode(boost::uuids::to_string(generate(destination + "\n" + uuid.string())));
    }
    return json::Edit{uuid.begin(), uuid.end(), fresh};
  });
}

Namesakes::Namesakes(std::span<const webhook::Webhook> webhooks) {
  // Nearly all identities are unique. To count all of them in the map took a fifth of the time of a
  // transformation, so it holds only those whose hash comes more than once.
  const webhook::HashOfIdentity hash;
  std::vector<std::size_t> hashes, repeated;
  hashes.reserve(webhooks.size());
  for (const auto& webhook : webhooks) hashes.push_back(hash(webhook.identity));
  std::ranges::sort(hashes);
  for (std::size_t i = 1; i < hashes.size(); ++i)
    if (hashes[i] == hashes[i - 1]) repeated.push_back(hashes[i]);
  for (const auto& webhook : webhooks)
    if (webhook.defect.empty() && std::ranges::binary_search(repeated, hash(webhook.identity)))
      ++counts_[webhook.identity];
}

std::size_t Namesakes::count(const webhook::Identity& identity) const {
  const auto found = counts_.find(identity);
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

std::vector<HostChange> host_changes(const std::vector<TransformedWebhook>& webhooks) {
  std::map<std::pair<std::string, std::string>, std::size_t> counts;
  // A rewriting leaves the number and the order of the hosts in a text as they are.
  const auto count = [&](const std::string& before, const std::string& after) {
    const auto old_hosts = region::hosts_in(before);
    const auto new_hosts = region::hosts_in(after);
    for (std::size_t i = 0; i < std::min(old_hosts.size(), new_hosts.size()); ++i)
      if (old_hosts[i] != new_hosts[i]) ++counts[{old_hosts[i], new_hosts[i]}];
  };
  for (const auto& transformed : webhooks)
    if (transformed.provenance.rewritten_hosts > 0)
      visit_rewritten_strings(transformed.provenance.unrewritten.view(), transformed.webhook.text.view(),
                              count);
  std::vector<HostChange> out;
  for (const auto& [hosts, times] : counts) out.push_back({hosts.first, hosts.second, times});
  std::ranges::stable_sort(out, std::ranges::greater(), &HostChange::times);
  return out;
}

}  // namespace hookferry::transform
