#include "transform/transformer.hpp"

#include "core/crypto.hpp"
#include "core/failure.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::transform {
namespace {

bool selects(const OverlayRule& rule, const webhook::Identity& identity) {
  return (!rule.alias || glob_matches(*rule.alias, identity.alias)) &&
         (!rule.type || *rule.type == identity.type);
}

}  // namespace

void require_places(const Overlay& overlay, const std::vector<webhook::Webhook>& webhooks,
                    std::optional<webhook::Form> form) {
  for (const auto& rule : overlay) {
    auto missing = rule.settings;
    bool selected = false;
    for (const auto& webhook : webhooks) {
      if (!webhook.defect.empty() || !selects(rule, webhook.identity)) continue;
      selected = true;
      if (missing.empty()) break;
      const auto text =
          webhook.form == form.value_or(webhook.form) ? webhook.text : cross(webhook, *form).webhook.text;
      const auto document = json::Document::over(text.view());
      std::erase_if(missing, [&](const OverlaySetting& setting) {
        return webhook::value_at(document.root(), setting.path).has_value();
      });
    }
    if (!selected)
      throw Failure(Cause::usage, rule.origin + " selects none of the source's webhooks; nothing was changed",
                    "hookferry list shows aliases and types");
    if (!missing.empty())
      throw Failure(Cause::usage,
                    rule.origin + ": no webhook that it selects has " +
                        printable_excerpt(missing.front().path, 120) + "; nothing was changed",
                    "paths are those that hookferry diff prints");
  }
}

Overlaid apply_overlay(const Overlay& overlay, const webhook::Identity& identity, std::string text) {
  Overlaid out{std::move(text), {}, {}};
  for (const auto& rule : overlay) {
    if (!selects(rule, identity)) continue;
    for (const auto& setting : rule.settings) {
      const auto document = json::Document::parse(out.text);
      auto edits = webhook::set_at(document.root(), setting.path, setting.value);
      if (!edits) continue;
      out.text = json::apply(out.text, *std::move(edits));
      json::edit_strings(setting.value, [&](std::string_view one) {
        out.strings.emplace_back(one);
        return std::vector<json::Edit>();
      });
      if (!setting.secret()) continue;
      out.secrets.paths.push_back(setting.path);
      out.secrets.values.push_back(json::decode(setting.value));
    }
  }
  return out;
}

std::vector<std::string> secrets_of(const Overlay& overlay) {
  constexpr std::size_t shortest = 4;
  std::vector<std::string> out;
  for (const auto& rule : overlay)
    for (const auto& setting : rule.settings)
      if (setting.secret() && json::decode(setting.value).size() >= shortest)
        out.push_back(json::decode(setting.value));
  return out;
}

std::string overlay_digest(const Overlay& overlay, std::string_view key) {
  std::string all;
  // The length goes before the part, so that different lists of parts never make the same text.
  const auto append = [&](std::string_view part) { ((all += std::to_string(part.size())) += ':') += part; };
  for (const auto& rule : overlay) {
    append(rule.alias ? "alias" + *rule.alias : "");
    append(rule.type ? std::to_string(*rule.type) : "");
    append(std::to_string(rule.settings.size()));
    for (const auto& [path, value, asked] : rule.settings) {
      append(path);
      append(asked);
      append(value);
    }
  }
  return hmac_sha256_hex(key, all);
}

// parse_overlay(): rules are written by hand, so an error names the place of the mistake.

namespace {

using json::Kind;
using Resolve = std::function<std::string(const OverlayReference&)>;

constexpr std::string_view form = "[{\"alias\":GLOB,\"type\":NAME,\"set\":{PATH:VALUE}}] is expected";

[[noreturn]] void refuse(const std::string& origin, const std::string& why) {
  throw Failure(Cause::bad_data, origin + ": " + why, std::string(form));
}

OverlaySetting read_setting(const json::Member& member, const std::string& rule, const Resolve& resolve) {
  OverlaySetting out;
  out.path = member.key.string();
  if (!out.path.starts_with('/'))
    refuse(rule,
           "\"" + printable_excerpt(out.path, 80) + "\" is not a path: one begins with a slash, like /url");
  // A secret is asked for by {"env": NAME} or {"file": NAME}, and no other member.
  const auto members = member.value.members();
  const auto kind =
      members.size() == 1 && members[0].value.is(Kind::string) ? members[0].key.string() : std::string();
  if (kind != "env" && kind != "file") {
    out.value = json::compact(member.value);
    return out;
  }
  const OverlayReference secret{kind == "env" ? OverlayReference::Kind::env : OverlayReference::Kind::file,
                                members[0].value.string(), rule + ": " + printable_excerpt(out.path, 120)};
  const auto text = resolve(secret);
  for (std::string_view rest = text; !rest.empty();) {
    const auto length = first_character(rest).length;
    if (length == 0) refuse(secret.origin, "what is to stand there is no UTF-8");
    rest.remove_prefix(length);
  }
  out.value = json::encode(text);
  out.asked = kind + " " + secret.name;
  return out;
}

std::int64_t read_type(const json::Value& value, const std::string& rule) {
  if (const auto id = value.integer()) return *id;
  const auto name = value.string();
  if (const auto* kind = webhook::find_kind_by_name(name)) return kind->id;
  std::vector<std::string> known;
  for (const auto& kind : webhook::webhook_kinds()) known.emplace_back(kind.name);
  refuse(rule, "there is no type \"" + printable_excerpt(name, 60) + "\"" + did_you_mean(name, known));
}

OverlayRule read_rule(const json::Value& value, const std::string& origin, const Resolve& resolve) {
  OverlayRule out;
  out.origin = origin;
  if (!value.is(Kind::object)) refuse(origin, "it is not a JSON object");
  for (const auto& [key, member] : value.members()) {
    const auto name = key.string();
    if (name == "alias") {
      if (!member.is(Kind::string)) refuse(origin, "alias is not a string");
      out.alias = member.string();
    } else if (name == "type") {
      out.type = read_type(member, origin);
    } else if (name == "set") {
      if (!member.is(Kind::object)) refuse(origin, "set is not a JSON object");
      for (const auto& setting : member.members())
        out.settings.push_back(read_setting(setting, origin, resolve));
    } else {
      refuse(origin, "unknown name \"" + printable_excerpt(name, 60) + "\"" +
                         did_you_mean(name, {"alias", "type", "set"}));
    }
  }
  if (out.settings.empty()) refuse(origin, "it sets nothing");
  return out;
}

}  // namespace

Overlay parse_overlay(std::string_view text, const std::string& origin, const Resolve& resolve) {
  const auto name = printable(origin);
  try {
    const auto document = json::Document::over(without_byte_order_mark(text));
    if (!document.root().is(Kind::array)) refuse(name, "it holds no JSON array of rules");
    Overlay out;
    for (const auto& rule : document.root().elements())
      out.push_back(read_rule(rule, name + ": rule " + std::to_string(out.size() + 1), resolve));
    return out;
  } catch (const json::SyntaxError& error) {
    throw Failure(Cause::bad_data, name + " is " + error.what(), std::string(form));
  }
}

}  // namespace hookferry::transform
