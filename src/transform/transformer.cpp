#include "transform/transformer.hpp"

#include <algorithm>
#include <bit>
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

namespace hookferry::transform {

void visit_strings(const json::Value& webhook, const std::function<void(std::string_view)>& visit,
                   const json::StringFilter& filter) {
  const auto is_worth = [&](const json::Value& value) { return !filter || filter(value.text()); };
  const auto look = [&](std::string_view text) {
    visit(text);
    return std::vector<json::Edit>();
  };
  if (const auto url = webhook.find("url"); url && is_worth(*url)) look(url->string());
  if (const auto fields = webhook.find("integration_type_fields"); fields && is_worth(*fields))
    json::edit_strings(fields->is(json::Kind::string) ? fields->string() : std::string(fields->text()), look,
                       filter);
}

std::vector<std::string> strings_of(std::string_view webhook_text) {
  std::vector<std::string> out;
  const auto document = json::Document::over(webhook_text);
  visit_strings(document.root(), [&](std::string_view text) { out.emplace_back(text); });
  return out;
}

namespace {

/// The project's own namespace for version 5 UUIDs; it must never change.
constexpr const char* uuid_namespace = "6b1f0c57-9f0e-5d55-8c1a-2d7d1f6f4b10";

std::string derive(const std::string& destination, const std::string& old_uuid) {
  const boost::uuids::name_generator_sha1 generate(boost::uuids::string_generator()(uuid_namespace));
  return boost::uuids::to_string(generate(destination + "\n" + old_uuid));
}

bool is_uuid_text(const std::optional<json::Value>& value) {
  return value && value->is(json::Kind::string) && !value->string().empty();
}

/// A place of the uuid, and how an edit of it gets into the text around.
struct Place {
  std::string old_uuid;
  std::function<void(const std::string& literal, std::vector<json::Edit>& edits)> replace;
};

Place plain_place(const json::Value& uuid) {
  return {uuid.string(), [begin = uuid.begin(), end = uuid.end()](const std::string& literal, auto& edits) {
            edits.push_back({begin, end, literal});
          }};
}

/// A payload may be an object, or a string that holds one.
std::optional<Place> place_in_payload(const json::Value& payload) {
  if (const auto uuid = payload.find("uuid"); is_uuid_text(uuid)) return plain_place(*uuid);
  if (!payload.is(json::Kind::string)) return std::nullopt;
  const auto decoded = json::decode_with_offsets(payload.text());
  const auto inner = json::Document::try_parse(decoded.text);
  const auto uuid = inner ? inner->root().find("uuid") : std::nullopt;
  if (!is_uuid_text(uuid)) return std::nullopt;
  const auto replace = [decoded, at = payload.begin(), begin = uuid->begin(), end = uuid->end()](
                           const std::string& literal, std::vector<json::Edit>& edits) {
    for (auto& edit : json::lift({{begin, end, literal}}, decoded, at)) edits.push_back(std::move(edit));
  };
  return Place{uuid->string(), replace};
}

}  // namespace

namespace {

/// Those of fields first: they are the webhook's own.
std::vector<Place> places_in(std::string_view fields) {
  const auto document = json::Document::try_parse(std::string(fields));
  if (!document) return {};
  std::vector<Place> places;
  std::vector<Place> in_payloads;
  for (const auto& field : document->root().elements()) {
    const auto name = field.find("name");
    const auto value = field.find("value");
    if (!name || !value) continue;
    if (name->string() == "uuid" && is_uuid_text(value)) places.push_back(plain_place(*value));
    if (name->string() != "payload") continue;
    if (auto place = place_in_payload(*value)) in_payloads.push_back(std::move(*place));
  }
  places.insert(places.end(), in_payloads.begin(), in_payloads.end());
  return places;
}

}  // namespace

std::string uuid_in(std::string_view fields) {
  if (fields.find("uuid") == std::string_view::npos) return {};
  const auto places = places_in(fields);
  return places.empty() ? std::string() : lower_ascii(places.front().old_uuid);
}

std::vector<json::Edit> fresh_uuid_edits(std::string_view fields, const std::string& destination) {
  const auto places = places_in(fields);
  std::vector<json::Edit> edits;
  if (places.empty()) return edits;
  const auto fresh = json::encode(derive(destination, places.front().old_uuid));
  for (const auto& place : places) place.replace(fresh, edits);
  return edits;
}

namespace {

using json::Kind;

constexpr std::int64_t sendlog_type = 3;

/// Edits the JSON that a string literal holds; what `edits_for` does not name stays to the byte, escapes
/// included.
template <class EditsFor>
std::string edit_literal(const std::string& literal, EditsFor edits_for) {
  const auto decoded = json::decode_with_offsets(literal);
  return json::apply(literal, json::lift(edits_for(decoded.text), decoded, 0));
}

std::vector<json::Edit> private_key_edits(std::string_view fields, const std::string& key) {
  return json::edit_members(
      fields, [&](std::string_view name, const json::Value& value) -> std::optional<std::string> {
        if (name != "privateKey" || !value.is(Kind::string)) return std::nullopt;
        return json::encode(key);
      });
}

/// Both texts are of one webhook; they differ where hosts are rewritten, and nowhere else.
std::size_t count_rewritten_hosts(const std::string& unrewritten, const std::string& rewritten,
                                  const region::HostRewrites& hosts) {
  const auto before = strings_of(unrewritten);
  const auto after = strings_of(rewritten);
  std::size_t out = 0;
  for (std::size_t i = 0; i < std::min(before.size(), after.size()); ++i)
    if (before[i] != after[i]) out += region::count_rewritten(before[i], hosts);
  return out;
}

/// One webhook after the other; what is needed for each is kept for the next.
class Transformer {
 public:
  explicit Transformer(const TransformRules& rules) : rules_(rules), filter_(host_filter_of(rules)) {}

  TransformedWebhook transform(const webhook::Webhook& webhook) {
    TransformedWebhook out;
    out.source_id = webhook.id;
    out.webhook = webhook;
    if (!webhook.defect.empty()) return out;
    const auto type = webhook.identity.type;
    before_.reparse(webhook.text.view());
    names_hosts_ = !rules_.overlay.empty();  // which may set any
    auto overlaid = apply_overlay(rules_.overlay, webhook.identity, transformed(type, Hosts::rewritten));
    const bool changed = changed_ || !rules_.overlay.empty();
    if (rewritten_ > 0) note_rewriting(out.provenance, webhook.identity, overlaid.text);
    out.webhook.text = kept_.keep(overlaid.text);
    out.webhook.id.reset();
    out.webhook.modified_after_creation = false;
    out.webhook.digest.reset();
    if (changed) after_.reparse(out.webhook.text.view());
    if (!rules_.overlay.empty()) out.webhook = webhook::read_webhook(after_.root(), out.webhook.text);
    // But for what belongs to the source the same members, where nothing was changed.
    out.warnings = transform_warnings((changed ? after_ : before_).root(), out.webhook.identity.type, rules_,
                                      names_hosts_ ? &filter_ : nullptr, overlaid);
    out.provenance.secrets = std::move(overlaid.secrets);
    return out;
  }

 private:
  enum class Hosts { rewritten, as_they_are };

  /// What `before_` becomes, without overlays. Counts in `rewritten_` how many hosts of it were rewritten.
  std::string transformed(std::int64_t type, Hosts hosts) {
    std::string out = "{";
    out.reserve(before_.text().size());
    rewritten_ = 0;
    changed_ = false;
    std::string decoded;
    before_.root().each_member([&](const json::Value& key, const json::Value& value) {
      const auto name = key.unescape(decoded);
      if (webhook::is_server_owned(name)) return;
      if (out.size() > 1) out += ',';
      out.append(key.text()) += ':';
      if (name == "url") {
        append_url(out, value, hosts);
      } else if (name == "integration_type_fields") {
        append_fields(out, value, type, hosts);
      } else {
        out += value.text();
      }
    });
    return std::move(out += '}');
  }

  bool may_change(std::string_view literal, Hosts hosts) {
    if (hosts == Hosts::as_they_are || !filter_.may_name_any(literal)) return false;
    names_hosts_ = true;
    return !rules_.hosts.empty();
  }

  std::vector<json::Edit> rewrite(std::string_view text) {
    auto out = region::rewrite_hosts(text, rules_.hosts);
    if (!out.empty()) rewritten_ += region::count_rewritten(text, rules_.hosts);
    return out;
  }

  void append_url(std::string& out, const json::Value& url, Hosts hosts) {
    if (!may_change(url.text(), hosts) || !url.is(Kind::string))
      out += url.text();
    else
      out += noted_as_changed(
          edit_literal(std::string(url.text()), [&](std::string_view text) { return rewrite(text); }));
  }

  void append_fields(std::string& out, const json::Value& fields, std::int64_t type, Hosts hosts) {
    if (fields.is(Kind::null)) {
      out += noted_as_changed("\"[]\"");
      return;
    }
    const bool keyed = fields.is(Kind::string) && rules_.sendlog_private_key && type == sendlog_type;
    const bool fresh = fields.is(Kind::string) && rules_.fresh_uuids;
    const bool rewriting = may_change(fields.text(), hosts);
    if (!keyed && !fresh && !rewriting) {
      out += fields.text();
      return;
    }
    names_hosts_ = names_hosts_ || keyed;
    std::string literal(fields.text());
    // One after the other: each sees the literal that the one before has left, so their edits cannot overlap.
    if (rewriting) literal = with_hosts_rewritten(literal, fields.is(Kind::string));
    if (fresh)
      literal = edit_literal(
          literal, [&](std::string_view text) { return fresh_uuid_edits(text, rules_.destination); });
    if (keyed)
      literal = edit_literal(literal, [&](std::string_view text) {
        return private_key_edits(text, *rules_.sendlog_private_key);
      });
    out += noted_as_changed(std::move(literal));
  }

  std::string noted_as_changed(std::string text) {
    changed_ = true;
    return text;
  }

  /// Of the JSON in a string, or of any other JSON.
  std::string with_hosts_rewritten(const std::string& json_text, bool in_a_string) {
    const auto edits = [&](std::string_view text) {
      return json::edit_strings(
          text, [&](std::string_view one) { return rewrite(one); },
          [&](std::string_view literal) { return filter_.may_name_any(literal); });
    };
    return in_a_string ? edit_literal(json_text, edits) : json::apply(json_text, edits(json_text));
  }

  /// What was rewritten and then set over does not count.
  void note_rewriting(Provenance& out, const webhook::Identity& identity, const std::string& text) {
    const auto rewritten = rewritten_;
    auto unrewritten =
        apply_overlay(rules_.overlay, identity, transformed(identity.type, Hosts::as_they_are)).text;
    if (unrewritten == text) return;
    const bool set_over = rules_.fresh_uuids || rules_.sendlog_private_key || !rules_.overlay.empty();
    out.rewritten_hosts = set_over ? count_rewritten_hosts(unrewritten, text, rules_.hosts) : rewritten;
    out.unrewritten = SharedText(std::move(unrewritten));
  }

  const TransformRules& rules_;
  region::HostFilter filter_;
  StringArena kept_;
  json::Document before_, after_;
  std::size_t rewritten_ = 0;
  bool names_hosts_ = false;
  bool changed_ = false;  ///< in more than members that are taken off
};

}  // namespace

Namesakes::Namesakes(std::span<const webhook::Webhook> webhooks)
    : marks_(std::bit_ceil(8 * webhooks.size() + 1)) {
  const auto each_sound = [&](auto call) {
    for (const auto& webhook : webhooks)
      if (webhook.defect.empty()) call(webhook::IdentityView(webhook.identity.alias, webhook.identity.type));
  };
  each_sound([&](const webhook::IdentityView& key) {
    auto& mark = marks_[webhook::HashOfIdentity()(key) % marks_.size()];
    mark = mark == Mark::none ? Mark::one : Mark::several;
  });
  each_sound([&](const webhook::IdentityView& key) {
    if (marks_[webhook::HashOfIdentity()(key) % marks_.size()] == Mark::several) ++counts_[key];
  });
}

std::size_t Namesakes::count(const webhook::Identity& identity) const {
  const webhook::IdentityView key(identity.alias, identity.type);
  const auto mark = marks_[webhook::HashOfIdentity()(key) % marks_.size()];
  if (mark != Mark::several) return mark == Mark::one ? 1 : 0;
  const auto found = counts_.find(key);
  return found == counts_.end() ? 0 : found->second;
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

/// Host by host: a rewriting leaves their number and order as they are.
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
  std::stable_sort(out.begin(), out.end(),
                   [](const HostChange& one, const HostChange& other) { return one.times > other.times; });
  return out;
}

}  // namespace hookferry::transform
