#include "webhook/differences.hpp"

#include <algorithm>
#include <functional>
#include <map>
#include <set>
#include <string_view>
#include <unordered_map>

#include "json/strings.hpp"
#include "json/text.hpp"
#include "webhook/places.hpp"
#include "webhook/secrets.hpp"

namespace hookferry {
namespace {

using json::Kind;

/// Of duplicate names the last counts. Looked up, for there may be tens of thousands.
class ByName {
 public:
  explicit ByName(const Fields& fields) {
    for (const auto& [name, value] : fields) last_[name] = &value;
  }
  const json::Value* find(const std::string& name) const {
    const auto found = last_.find(name);
    return found == last_.end() ? nullptr : found->second;
  }

 private:
  std::unordered_map<std::string_view, const json::Value*> last_;
};

using Names = std::map<std::string, std::string>;

/// What each child goes by for masking: where one of both sides says that it is secret, that counts.
Names names_of_children(const std::string& name, const json::Value& before, const json::Value& after) {
  Names out;
  for (const auto* parent : {&before, &after}) {
    const auto fields = numbered_children(*parent);
    const auto names = masking_names(*parent, name);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      auto& known = out.emplace(fields[i].first, names[i]).first->second;
      if (!is_secret_name(known)) known = names[i];
    }
  }
  return out;
}

/// What stands at one place; nullptr where nothing does. `unrewritten` goes with `after`.
struct Sides {
  const json::Value* before;
  const json::Value* after;
  const json::Value* unrewritten;
};

struct FieldsOfSides {
  Fields before, after, unrewritten;
};

bool same(const json::Value& one, const json::Value& other) {
  return json::canonical(one) == json::canonical(other);
}

/// Whether a rewritten host is what makes the difference, or stands in it beside others.
std::string rewriting_note(const Sides& sides) {
  if (sides.unrewritten == nullptr || sides.after == nullptr || same(*sides.unrewritten, *sides.after))
    return {};
  const bool alone = sides.before != nullptr && same(*sides.unrewritten, *sides.before);
  return std::string(alone ? only_rewritten_hosts_differ : "hosts rewritten");
}

/// Walks all sides at once: a place that was looked up by its path would be looked for from the top, once for
/// each of what may be tens of thousands of differences.
class Comparison {
 public:
  std::vector<Difference> found;

  void compare(const std::string& path, const std::string& name, const Sides& sides) {
    if (sides.before != nullptr && sides.after != nullptr) {
      if (same(*sides.before, *sides.after)) return;
      if (sides.before->is(Kind::object) && sides.after->is(Kind::object))
        return compare_members(path, name, sides);
      if (sides.before->is(Kind::array) && sides.after->is(Kind::array))
        return compare_arrays(path, name, sides);
    }
    add(path, name, sides);
  }

  using NameOf = std::function<std::string(const std::string& child)>;
  void compare(const std::string& path, const FieldsOfSides& fields, const NameOf& name_of) {
    const ByName old_ones(fields.before);
    const ByName new_ones(fields.after);
    const ByName unrewritten_ones(fields.unrewritten);
    for (const auto& [child, value] : fields.before)
      if (old_ones.find(child) == &value)
        compare(path + "/" + child, name_of(child),
                {&value, new_ones.find(child), unrewritten_ones.find(child)});
    for (const auto& [child, value] : fields.after)
      if (old_ones.find(child) == nullptr && new_ones.find(child) == &value)
        compare(path + "/" + child, name_of(child), {nullptr, &value, unrewritten_ones.find(child)});
  }

  void compare_members(const std::string& path, const std::string& name, const Sides& sides) {
    const auto names = names_of_children(name, *sides.before, *sides.after);
    const auto unrewritten = sides.unrewritten != nullptr ? numbered_children(*sides.unrewritten) : Fields();
    compare(path, {numbered_children(*sides.before), numbered_children(*sides.after), unrewritten},
            [&](const std::string& child) { return names.at(child); });
  }

  void compare_arrays(const std::string& path, const std::string& name, const Sides& sides) {
    const auto named_before = named_elements(*sides.before);
    const auto named_after = named_elements(*sides.after);
    if (named_before && named_after) {
      const auto count = found.size();
      const auto unrewritten =
          sides.unrewritten != nullptr ? named_elements(*sides.unrewritten) : std::nullopt;
      compare(path, {*named_before, *named_after, unrewritten.value_or(Fields())},
              [&](const std::string& child) { return is_secret_name(name) ? name : child; });
      // The same fields in another order: a difference that has no place of its own.
      if (found.size() != count) return;
      add(path, name, sides);
      found.back().order_only = true;
    } else {
      compare_members(path, name, sides);
    }
  }

  void add(const std::string& path, const std::string& name, const Sides& sides) {
    const auto text = [](const json::Value* value) {
      return value != nullptr ? std::optional(std::string(value->text())) : std::nullopt;
    };
    found.push_back({path, text(sides.before), text(sides.after), false, name, rewriting_note(sides)});
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

void compare_fields(Comparison& comparison, const json::Value& before, const json::Value& after,
                    const json::Value& unrewritten) {
  const auto pointer = [](const std::optional<json::Value>& value) { return value ? &*value : nullptr; };
  const auto raw_unrewritten = unrewritten.find("integration_type_fields");
  const auto inner_before = fields_document(before);
  const auto inner_after = fields_document(after);
  if (inner_before && inner_after) {
    const auto inner_unrewritten = raw_unrewritten ? fields_document(unrewritten) : std::nullopt;
    const auto root_before = inner_before->root();
    const auto root_after = inner_after->root();
    const auto root_unrewritten = inner_unrewritten ? std::optional(inner_unrewritten->root()) : std::nullopt;
    comparison.compare("/integration_type_fields", "",
                       {&root_before, &root_after, pointer(root_unrewritten)});
    return;
  }
  const auto raw_before = before.find("integration_type_fields");
  const auto raw_after = after.find("integration_type_fields");
  // Text that is no JSON may hold a key anywhere: all of it counts as one.
  comparison.compare("/integration_type_fields", "secret",
                     {pointer(raw_before), pointer(raw_after), pointer(raw_unrewritten)});
}

/// A name that says so of whatever it names.
constexpr std::string_view secret_name = "secret";

/// What is behind `path` in a path that begins with it; nothing in any other.
std::optional<std::string_view> below(std::string_view longer, std::string_view path) {
  if (!longer.starts_with(path)) return std::nullopt;
  const auto rest = longer.substr(path.size());
  return rest.empty() || rest.front() == '/' ? std::optional(rest) : std::nullopt;
}

/// `masked_text` is `original` masked; what it has at `path` becomes a mask as a whole.
std::string mask_place(const json::Value& original, const std::string& masked_text, std::string_view path) {
  const auto document = json::Document::parse(masked_text);
  const auto secret = find_below(original, path);
  const auto place = find_below(document.root(), path);
  if (!secret || !place) return masked_text;
  return json::apply(masked_text, {{place->begin(), place->end(), mask_json(*secret, secret_name)}});
}

/// In strings at any depth. Shorter ones would also be found where they say nothing.
std::string mask_values(const std::string& json_text, const std::vector<std::string>& values) {
  constexpr std::size_t shortest = 4;
  return json::apply(json_text, json::edit_strings(json_text, [&](std::string_view text) {
                       std::vector<json::Edit> edits;
                       for (std::size_t at = 0; at < text.size();) {
                         std::string_view longest;
                         for (const auto& value : values)
                           if (value.size() >= shortest && value.size() > longest.size() &&
                               text.substr(at).starts_with(value))
                             longest = value;
                         if (!longest.empty())
                           edits.push_back({at, at + longest.size(), mask_secret(longest)});
                         at += std::max<std::size_t>(longest.size(), 1);
                       }
                       return edits;
                     }));
}

std::optional<std::string> masked(const std::optional<std::string>& text, const Difference& difference,
                                  const SecretPlaces& secrets) {
  if (!text) return std::nullopt;
  const auto document = json::Document::parse(*text);
  auto name = difference.name;
  for (const auto& path : secrets.paths)
    if (below(difference.path, path)) name = secret_name;
  auto out = mask_json(document.root(), name);
  for (const auto& path : secrets.paths)
    if (const auto rest = below(path, difference.path); rest && !rest->empty())
      out = mask_place(document.root(), out, *rest);
  return secrets.values.empty() ? out : mask_values(out, secrets.values);
}

}  // namespace

std::vector<Difference> differences(const Webhook* before, const Webhook& after,
                                    std::string_view unrewritten) {
  if (before != nullptr && digest_of(*before) == digest_of(after)) return {};
  const auto old_document = json::Document::over(before != nullptr ? before->text.view() : "{}");
  const auto new_document = json::Document::over(after.text);
  const auto unrewritten_document = json::Document::over(unrewritten.empty() ? "{}" : unrewritten);
  const auto old_type = before != nullptr ? before->identity.type : after.identity.type;
  const auto new_type = after.identity.type;
  Comparison comparison;
  const auto own_name = [](const std::string& name) { return name; };
  comparison.compare(
      "",
      {plain_members(old_document.root(), old_type), plain_members(new_document.root(), new_type),
       plain_members(unrewritten_document.root(), new_type)},
      own_name);
  comparison.compare("/integration_type",
                     {type_block(old_document.root(), old_type), type_block(new_document.root(), new_type),
                      type_block(unrewritten_document.root(), new_type)},
                     own_name);
  compare_fields(comparison, old_document.root(), new_document.root(), unrewritten_document.root());
  if (comparison.found.empty()) {  // in a duplicate member that is not the last
    const auto old_root = old_document.root();
    const auto new_root = new_document.root();
    comparison.add("", "", {&old_root, &new_root, nullptr});
  }
  return comparison.found;
}

bool something_is_lost(const std::vector<Difference>& differences) {
  return std::any_of(differences.begin(), differences.end(), [](const Difference& difference) {
    return difference.before.has_value() && !difference.order_only;
  });
}

Difference masked(Difference difference, const SecretPlaces& secrets) {
  difference.before = masked(difference.before, difference, secrets);
  difference.after = masked(difference.after, difference, secrets);
  return difference;
}

}  // namespace hookferry
