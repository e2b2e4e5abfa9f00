#include "migration/overlay.hpp"

#include <algorithm>

#include "core/digest.hpp"
#include "core/failure.hpp"
#include "core/glob.hpp"
#include "core/printable.hpp"
#include "json/document.hpp"
#include "json/edit.hpp"
#include "webhook/places.hpp"

namespace hookferry {
namespace {

bool selects(const OverlayRule& rule, const Identity& identity) {
  return (!rule.alias || glob_matches(*rule.alias, identity.alias)) &&
         (!rule.type || *rule.type == identity.type);
}

bool selects(const OverlayRule& rule, const Webhook& webhook) {
  return webhook.defect.empty() && selects(rule, webhook.identity);
}

/// Decoded, at any depth, of JSON inside strings its own.
void collect_strings(const std::string& json_text, std::vector<std::string>& out) {
  json::edit_strings(json_text, [&](std::string_view text) {
    out.emplace_back(text);
    return std::vector<json::Edit>();
  });
}

/// With its length before it, so that no two lists of parts are one text.
void append_part(std::string& out, std::string_view part) {
  out += std::to_string(part.size()) + ":";
  out += part;
}

}  // namespace

void require_places(const Overlay& overlay, const std::vector<Webhook>& webhooks) {
  for (const auto& rule : overlay) {
    std::vector<bool> found(rule.settings.size());
    bool selected = false;
    for (const auto& webhook : webhooks) {
      if (!selects(rule, webhook)) continue;
      selected = true;
      if (std::find(found.begin(), found.end(), false) == found.end()) break;
      const auto document = json::Document::over(webhook.text.view());
      for (std::size_t i = 0; i < found.size(); ++i)
        if (!found[i]) found[i] = value_at(document.root(), rule.settings[i].path).has_value();
    }
    if (!selected)
      throw Failure(Cause::usage, rule.origin + " selects none of the source's webhooks; nothing was changed",
                    "hookferry list shows aliases and types");
    const auto missing = std::find(found.begin(), found.end(), false);
    if (missing == found.end()) continue;
    const auto& path = rule.settings[static_cast<std::size_t>(missing - found.begin())].path;
    throw Failure(Cause::usage,
                  rule.origin + ": no webhook that it selects has " + printable_excerpt(path, 120) +
                      "; nothing was changed",
                  "paths are those that hookferry diff prints");
  }
}

Overlaid apply_overlay(const Overlay& overlay, const Identity& identity, std::string text) {
  Overlaid out{std::move(text), {}, {}};
  for (const auto& rule : overlay) {
    if (!selects(rule, identity)) continue;
    for (const auto& setting : rule.settings) {
      const auto document = json::Document::parse(out.text);
      auto edits = set_at(document.root(), setting.path, setting.value);
      if (!edits) continue;
      out.text = json::apply(out.text, *std::move(edits));
      collect_strings(setting.value, out.strings);
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
  for (const auto& rule : overlay) {
    append_part(all, rule.alias ? "alias" + *rule.alias : "");
    append_part(all, rule.type ? std::to_string(*rule.type) : "");
    append_part(all, std::to_string(rule.settings.size()));
    for (const auto& [path, value, asked] : rule.settings) {
      append_part(all, path);
      append_part(all, asked);
      append_part(all, value);
    }
  }
  return hmac_sha256_hex(key, all);
}

}  // namespace hookferry
