#include "sandbox/guide_rules.hpp"

#include "webhook/kinds.hpp"
#include "webhook/webhook.hpp"

namespace hookferry {
namespace {

using json::Kind;
using Objection = std::optional<std::string>;

Objection object_to_type(const json::Value& webhook) {
  const auto type = webhook.find("integration_type_id");
  const auto* kind = type && type->integer() ? find_kind(*type->integer()) : nullptr;
  if (kind == nullptr) return "integration_type_id is none of Table A";
  const auto block = webhook.find("integration_type");
  if (!block || !block->is(Kind::object)) return "integration_type is no object";
  const auto id = block->find("id");
  if (!id || id->integer() != kind->id) return "integration_type.id differs from integration_type_id";
  const auto label = block->find("label") ? block->find("label") : block->find("name");
  if (!label || !label->is(Kind::string) || !label_fits(*kind, label->string()))
    return "integration_type has no label of that type";
  return std::nullopt;
}

Objection object_to_fields(const json::Value& webhook) {
  const auto fields = webhook.find("integration_type_fields");
  if (fields && !fields->is(Kind::string)) return "integration_type_fields is no string";
  const auto breaches =
      table_b_breaches(*webhook.find("integration_type_id")->integer(), fields ? fields->string() : "[]");
  if (!breaches.empty()) return "integration_type_fields: " + breaches.front();
  return std::nullopt;
}

}  // namespace

std::optional<std::string> guide_objection(const json::Value& webhook) {
  if (!webhook.is(Kind::object)) return "a webhook is an object";
  const auto alias = webhook.find("alias");
  if (!alias || !alias->is(Kind::string) || alias->string().empty()) return "alias is missing";
  for (const auto& [key, value] : webhook.members())
    if (const auto name = key.string(); is_server_owned(name) && name != "id")
      return name + " belongs to the server";
  if (const auto id = webhook.find("id"); id && !id->integer()) return "id is no number";
  if (auto objection = object_to_type(webhook)) return objection;
  const auto url = webhook.find("url");
  if (!url || !url->is(Kind::string)) return "url is no string";
  return object_to_fields(webhook);
}

}  // namespace hookferry
