#include "webhook/differences.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>

#include "json/text.hpp"
#include "webhook/secrets.hpp"

namespace hookferry {
namespace {

using json::Kind;
using Field = std::pair<std::string, json::Value>;
using Fields = std::vector<Field>;

/// The JSON inside `integration_type_fields`, or nothing where it is no JSON.
std::optional<json::Document> fields_document(const json::Value& webhook) {
  const auto fields = webhook.find("integration_type_fields");
  if (!fields || fields->is(Kind::null)) return json::Document::parse("[]");
  return fields->is(Kind::string) ? json::Document::try_parse(fields->string()) : std::nullopt;
}

/// Elements by their `name`, where all are {name, value} and no name comes twice.
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

Fields children(const json::Value& value) {
  Fields out;
  if (value.is(Kind::object)) {
    for (const auto& [key, member] : value.members()) out.emplace_back(key.string(), member);
    return out;
  }
  const auto elements = value.elements();
  for (std::size_t i = 0; i < elements.size(); ++i) out.emplace_back(std::to_string(i), elements[i]);
  return out;
}

const json::Value* find(const Fields& fields, const std::string& name) {
  const auto found =
      std::find_if(fields.rbegin(), fields.rend(), [&](const Field& field) { return field.first == name; });
  return found == fields.rend() ? nullptr : &found->second;
}

using Names = std::map<std::string, std::string>;

/// What each child goes by for masking: where one of both sides says that it is secret, that counts.
Names names_of_children(const std::string& name, const json::Value& before, const json::Value& after) {
  Names out;
  for (const auto* parent : {&before, &after}) {
    const auto fields = children(*parent);
    const auto names = masking_names(*parent, name);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      auto& known = out.emplace(fields[i].first, names[i]).first->second;
      if (!is_secret_name(known)) known = names[i];
    }
  }
  return out;
}

class Comparison {
 public:
  std::vector<Difference> found;

  void compare(const std::string& path, const std::string& name, const json::Value* before,
               const json::Value* after) {
    if (before != nullptr && after != nullptr) {
      if (json::canonical(*before) == json::canonical(*after)) return;
      if (before->is(Kind::object) && after->is(Kind::object))
        return compare_members(path, name, *before, *after);
      if (before->is(Kind::array) && after->is(Kind::array))
        return compare_arrays(path, name, *before, *after);
    }
    add(path, name, before, after);
  }

  using NameOf = std::function<std::string(const std::string& child)>;
  void compare(const std::string& path, const Fields& before, const Fields& after, const NameOf& name_of) {
    for (const auto& [child, value] : before)  // of duplicate names the last counts
      if (find(before, child) == &value)
        compare(path + "/" + child, name_of(child), &value, find(after, child));
    for (const auto& [child, value] : after)
      if (find(before, child) == nullptr && find(after, child) == &value)
        compare(path + "/" + child, name_of(child), nullptr, &value);
  }

  void compare_members(const std::string& path, const std::string& name, const json::Value& before,
                       const json::Value& after) {
    const auto names = names_of_children(name, before, after);
    compare(path, children(before), children(after),
            [&](const std::string& child) { return names.at(child); });
  }

  void compare_arrays(const std::string& path, const std::string& name, const json::Value& before,
                      const json::Value& after) {
    const auto named_before = named_elements(before);
    const auto named_after = named_elements(after);
    if (named_before && named_after) {
      const auto count = found.size();
      compare(path, *named_before, *named_after,
              [&](const std::string& child) { return is_secret_name(name) ? name : child; });
      // The same fields in another order: a difference that has no place of its own.
      if (found.size() != count) return;
      add(path, name, &before, &after);
      found.back().order_only = true;
    } else {
      compare_members(path, name, before, after);
    }
  }

  void add(const std::string& path, const std::string& name, const json::Value* before,
           const json::Value* after) {
    const auto text = [](const json::Value* value) {
      return value != nullptr ? std::optional(std::string(value->text())) : std::nullopt;
    };
    found.push_back({path, text(before), text(after), false, name});
  }
};

/// What is compared one by one at the top level: the type and the fields have ways of their own.
Fields plain_members(const json::Value& webhook, std::int64_t type) {
  Fields out;
  for (const auto& [key, value] : webhook.members()) {
    const auto name = key.string();
    const bool repeats_type =
        (name == "integration_type_id" || name == "integrationTypeId") && value.integer() == type;
    if (!is_server_owned(name) && !repeats_type && name != "integration_type_fields" &&
        name != "integration_type")
      out.emplace_back(name, value);
  }
  return out;
}

Fields type_block(const json::Value& webhook, std::int64_t type) {
  Fields out;
  const auto block = webhook.find("integration_type");
  if (!block) return out;
  for (const auto& [key, value] : block->members()) {
    const auto name = key.string();
    if (name == "id" && value.integer() == type) continue;
    out.emplace_back(name == "name" ? "label" : name, value);
  }
  return out;
}

void compare_fields(Comparison& comparison, const json::Value& before, const json::Value& after) {
  const auto inner_before = fields_document(before);
  const auto inner_after = fields_document(after);
  if (inner_before && inner_after) {
    const auto root_before = inner_before->root();
    const auto root_after = inner_after->root();
    comparison.compare("/integration_type_fields", "", &root_before, &root_after);
    return;
  }
  const auto raw_before = before.find("integration_type_fields");
  const auto raw_after = after.find("integration_type_fields");
  // Text that is no JSON may hold a key anywhere: all of it counts as one.
  comparison.compare("/integration_type_fields", "secret", raw_before ? &*raw_before : nullptr,
                     raw_after ? &*raw_after : nullptr);
}

std::optional<std::string> masked(const std::optional<std::string>& text, const std::string& name) {
  if (!text) return std::nullopt;
  const auto document = json::Document::parse(*text);
  return mask_json(document.root(), name);
}

}  // namespace

std::vector<Difference> differences(const Webhook* before, const Webhook& after) {
  if (before != nullptr && before->content == after.content) return {};
  const auto old_document = json::Document::parse(before != nullptr ? before->text : "{}");
  const auto new_document = json::Document::parse(after.text);
  const auto old_type = before != nullptr ? before->identity.type : after.identity.type;
  const auto new_type = after.identity.type;
  Comparison comparison;
  const auto own_name = [](const std::string& name) { return name; };
  comparison.compare("", plain_members(old_document.root(), old_type),
                     plain_members(new_document.root(), new_type), own_name);
  comparison.compare("/integration_type", type_block(old_document.root(), old_type),
                     type_block(new_document.root(), new_type), own_name);
  compare_fields(comparison, old_document.root(), new_document.root());
  if (comparison.found.empty()) {  // in a duplicate member that is not the last
    const auto old_root = old_document.root();
    const auto new_root = new_document.root();
    comparison.add("", "", &old_root, &new_root);
  }
  return comparison.found;
}

bool something_is_lost(const std::vector<Difference>& differences) {
  return std::any_of(differences.begin(), differences.end(), [](const Difference& difference) {
    return difference.before.has_value() && !difference.order_only;
  });
}

Difference masked(Difference difference) {
  difference.before = masked(difference.before, difference.name);
  difference.after = masked(difference.after, difference.name);
  return difference;
}

}  // namespace hookferry
