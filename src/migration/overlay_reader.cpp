// parse_overlay(): rules are written by hand, so every mistake in them is told with its place.
#include <optional>
#include <string_view>

#include "core/failure.hpp"
#include "core/nearest.hpp"
#include "core/printable.hpp"
#include "core/utf8.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "migration/overlay.hpp"
#include "webhook/kinds.hpp"

namespace hookferry {
namespace {

using json::Kind;
using Resolve = std::function<std::string(const OverlayReference&)>;

constexpr std::string_view form = "[{\"alias\":GLOB,\"type\":NAME,\"set\":{PATH:VALUE}}] is expected";

[[noreturn]] void refuse(const std::string& origin, const std::string& why) {
  throw Failure(Cause::bad_data, origin + ": " + why, std::string(form));
}

bool is_utf8(std::string_view text) {
  while (!text.empty()) {
    const auto length = utf8_length(text);
    if (length == 0) return false;
    text.remove_prefix(length);
  }
  return true;
}

/// {"env": NAME} or {"file": NAME}, and nothing beside.
std::optional<OverlayReference> reference(const json::Value& value, const std::string& origin) {
  const auto members = value.members();
  if (members.size() != 1 || !members[0].value.is(Kind::string)) return std::nullopt;
  const auto key = members[0].key.string();
  if (key == "env") return OverlayReference{OverlayReference::Kind::env, members[0].value.string(), origin};
  if (key == "file") return OverlayReference{OverlayReference::Kind::file, members[0].value.string(), origin};
  return std::nullopt;
}

OverlaySetting read_setting(const json::Member& member, const std::string& rule, const Resolve& resolve) {
  OverlaySetting out;
  out.path = member.key.string();
  if (!out.path.starts_with('/'))
    refuse(rule,
           "\"" + printable_excerpt(out.path, 80) + "\" is no path: one begins with a slash, like /url");
  const auto origin = rule + ": " + printable_excerpt(out.path, 120);
  const auto secret = reference(member.value, origin);
  if (!secret) {
    out.value = json::compact(member.value);
    return out;
  }
  const auto text = resolve(*secret);
  if (!is_utf8(text)) refuse(origin, "what is to stand there is no UTF-8");
  out.value = json::encode(text);
  out.asked = (secret->kind == OverlayReference::Kind::env ? "env " : "file ") + secret->name;
  return out;
}

std::int64_t read_type(const json::Value& value, const std::string& rule) {
  if (const auto id = value.integer()) return *id;
  const auto name = value.string();
  if (const auto* kind = find_kind_by_name(name)) return kind->id;
  std::vector<std::string> known;
  for (const auto& kind : webhook_kinds()) known.emplace_back(kind.name);
  refuse(rule, "there is no type \"" + printable_excerpt(name, 60) + "\"" + did_you_mean(name, known));
}

OverlayRule read_rule(const json::Value& value, const std::string& origin, const Resolve& resolve) {
  OverlayRule out;
  out.origin = origin;
  if (!value.is(Kind::object)) refuse(origin, "it is no JSON object");
  for (const auto& [key, member] : value.members()) {
    const auto name = key.string();
    if (name == "alias") {
      if (!member.is(Kind::string)) refuse(origin, "alias is no string");
      out.alias = member.string();
    } else if (name == "type") {
      out.type = read_type(member, origin);
    } else if (name == "set") {
      if (!member.is(Kind::object)) refuse(origin, "set is no JSON object");
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

}  // namespace hookferry
