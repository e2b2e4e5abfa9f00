#include "webhook/places.hpp"

#include <set>

#include "json/build.hpp"
#include "json/document.hpp"
#include "json/edit.hpp"
#include "webhook/webhook.hpp"

namespace hookferry {
namespace {

using json::Kind;

constexpr std::string_view fields_member = "integration_type_fields";

/// What is behind the step `name` of the path; nothing where it begins otherwise.
std::optional<std::string_view> behind(std::string_view path, std::string_view name) {
  if (!path.starts_with('/') || !path.substr(1).starts_with(name)) return std::nullopt;
  const auto rest = path.substr(1 + name.size());
  return rest.empty() || rest.front() == '/' ? std::optional(rest) : std::nullopt;
}

/// A value in the webhook's own text, or the rest of a path that goes on in the JSON of its fields.
struct Found {
  std::optional<json::Value> value;
  std::optional<std::string_view> in_fields;
};

std::optional<json::Value> find_in_type_block(const json::Value& block, std::string_view path) {
  std::optional<json::Value> out;
  for (const auto& [key, member] : block.members()) {
    const auto name = key.string();
    if (name == "id") continue;
    auto rest = behind(path, name);
    if (!rest && name == "name") rest = behind(path, "label");  // differences call both so
    if (const auto found = rest ? find_below(member, *rest) : std::nullopt) out = found;
  }
  return out;
}

Found find_in_webhook(const json::Value& webhook, std::string_view path) {
  Found out;
  for (const auto& [key, member] : webhook.members()) {
    const auto name = key.string();
    const auto rest = behind(path, name);
    if (!rest || is_server_owned(name) || name == "integration_type_id" || name == "integrationTypeId")
      continue;
    if (name == fields_member) {
      out = {member, *rest};
    } else if (const auto found = name == "integration_type" ? find_in_type_block(member, *rest)
                                                             : find_below(member, *rest)) {
      out = {found, std::nullopt};
    }
  }
  return out;
}

}  // namespace

std::optional<Fields> named_elements(const json::Value& array) {
  Fields out;
  std::set<std::string> names;
  for (const auto& element : array.elements()) {
    const auto name = element.find("name");
    const auto value = element.find("value");
    if (!name || !value || !name->is(Kind::string) || element.members().size() != 2) return std::nullopt;
    if (!names.insert(name->string()).second) return std::nullopt;
    out.emplace_back(name->string(), *value);
  }
  return out;
}

Fields numbered_children(const json::Value& value) {
  Fields out;
  if (value.is(Kind::object)) {
    for (const auto& [key, member] : value.members()) out.emplace_back(key.string(), member);
    return out;
  }
  const auto elements = value.elements();
  for (std::size_t i = 0; i < elements.size(); ++i) out.emplace_back(std::to_string(i), elements[i]);
  return out;
}

std::optional<json::Document> fields_document(const json::Value& webhook) {
  const auto fields = webhook.find(fields_member);
  if (!fields || fields->is(Kind::null)) return json::Document::parse("[]");
  return fields->is(Kind::string) ? json::Document::try_parse(fields->string()) : std::nullopt;
}

std::optional<json::Value> find_below(const json::Value& value, std::string_view path) {
  if (path.empty()) return value;
  auto children = numbered_children(value);
  if (auto named = named_elements(value)) children.insert(children.end(), named->begin(), named->end());
  // The last first: of duplicates it counts, and a name goes before a number.
  for (auto child = children.rbegin(); child != children.rend(); ++child)
    if (const auto rest = behind(path, child->first))
      if (const auto found = find_below(child->second, *rest)) return found;
  return std::nullopt;
}

std::optional<std::string> value_at(const json::Value& webhook, std::string_view path) {
  const auto found = find_in_webhook(webhook, path);
  if (!found.in_fields) return found.value ? std::optional(std::string(found.value->text())) : std::nullopt;
  const auto inner = fields_document(webhook);
  if (!inner)
    return found.in_fields->empty() ? std::optional(std::string(found.value->text())) : std::nullopt;
  const auto place = find_below(inner->root(), *found.in_fields);
  return place ? std::optional(std::string(place->text())) : std::nullopt;
}

std::optional<std::vector<json::Edit>> set_at(const json::Value& webhook, std::string_view path,
                                              std::string_view value) {
  const auto found = find_in_webhook(webhook, path);
  if (!found.value) return std::nullopt;
  const auto edit = [&](const json::Value& place) {
    return json::Edit{place.begin(), place.end(), std::string(value)};
  };
  if (!found.in_fields) return std::vector{edit(*found.value)};
  if (found.in_fields->empty()) {
    auto whole = edit(*found.value);
    if (!value.starts_with('"')) whole.replacement = json::encode(value);
    return std::vector{whole};
  }
  if (!found.value->is(Kind::string)) return std::nullopt;
  const auto decoded = json::decode_with_offsets(found.value->text());
  const auto inner = json::Document::try_over(decoded.text);
  const auto place = inner ? find_below(inner->root(), *found.in_fields) : std::nullopt;
  if (!place) return std::nullopt;
  return json::lift({edit(*place)}, decoded, found.value->begin());
}

}  // namespace hookferry
