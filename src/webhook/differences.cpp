#include "webhook/differences.hpp"

#include <algorithm>
#include <map>
#include <set>
#include <unordered_map>

#include "secrets/secrets.hpp"

namespace hookferry::webhook {
namespace {

using json::Kind;
using Field = std::pair<std::string, json::Value>;
using Fields = std::vector<Field>;

/// The rest of a path that begins with the step `name`; nothing if it begins otherwise.
std::optional<std::string_view> behind(std::string_view path, std::string_view name) {
  if (!path.starts_with('/') || !path.substr(1).starts_with(name)) return std::nullopt;
  const auto rest = path.substr(1 + name.size());
  return rest.empty() || rest.front() == '/' ? std::optional(rest) : std::nullopt;
}

/// Elements by their `name`, if all are {name, value} and no name comes twice.
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

/// Members by their names, elements by their numbers; empty for other kinds.
Fields children_of(const json::Value& value) {
  Fields out;
  value.each_member(
      [&](const json::Value& key, const json::Value& member) { out.emplace_back(key.string(), member); });
  value.each_element(
      [&](const json::Value& element) { out.emplace_back(std::to_string(out.size()), element); });
  return out;
}

/// The JSON in `integration_type_fields` of a webhook, "[]" if null or missing; nothing if it is not JSON.
std::optional<json::Document> fields_document(const json::Value& webhook) {
  const auto fields = webhook.find(member::fields);
  if (!fields || fields->is(Kind::null)) return json::Document::parse("[]");
  return fields->is(Kind::string) ? json::Document::try_parse(fields->string()) : std::nullopt;
}

/// The JSON object or array that a string holds.
std::optional<json::Document> json_in(const json::Value& value) {
  if (!value.is(Kind::string)) return std::nullopt;
  auto out = json::Document::try_parse(value.string());
  const bool holds_values = out && (out->root().is(Kind::object) || out->root().is(Kind::array));
  return holds_values ? std::move(out) : std::nullopt;
}

using EditPlace = std::function<json::Edit(const json::Value& place)>;
using Edits = std::optional<std::vector<json::Edit>>;

/// Edits the value itself for "", else what is at the end of the path, also in JSON that a string holds.
/// Nothing if there is no such place. Of duplicate members it is the last.
Edits edit_below(const json::Value& value, std::string_view path, const EditPlace& edit) {
  if (path.empty()) return std::vector{edit(value)};
  if (value.is(Kind::string)) {
    const auto decoded = json::decode_with_offsets(value.text());
    const auto inner = json::Document::try_over(decoded.text);
    auto edits = inner ? edit_below(inner->root(), path, edit) : std::nullopt;
    return edits ? Edits(json::lift(*std::move(edits), decoded, value.begin())) : std::nullopt;
  }
  auto children = children_of(value);
  if (auto named = named_elements(value)) children.insert(children.end(), named->begin(), named->end());
  // The last comes first: of duplicates it counts, and a name goes before a number.
  for (auto child = children.rbegin(); child != children.rend(); ++child)
    if (const auto rest = behind(path, child->first))
      if (auto found = edit_below(child->second, *rest, edit)) return found;
  return std::nullopt;
}

constexpr std::string_view fields_path = "/integration_type_fields";

/// Edits a place of a webhook that a path may name. Of duplicate members the last that has it counts.
Edits edit_place(const json::Value& object, std::string_view path, const EditPlace& edit, Form form,
                 bool is_type_block = false) {
  Edits out;
  const bool v5 = form == Form::v5;
  object.each_member([&](const json::Value& key, const json::Value& value) {
    const auto name = key.string();
    auto rest = behind(path, name);
    if (!rest && is_type_block && name == member::name)
      rest = behind(path, member::label);  // differences call both so
    const bool of_account = is_type_block ? name == member::id : is_server_owned(name, form);
    if (!rest || of_account || (v5 ? name == member::type : is_type_id(name))) return;
    Edits found;
    if (name == member::type_block && !v5)
      found = edit_place(value, *rest, edit, form, true);
    else if (name != member::fields || rest->empty() || value.is(Kind::string))
      found = edit_below(value, *rest, edit);
    if (found || name == member::fields) out = std::move(found);
  });
  return out;
}

}  // namespace

std::optional<std::string> value_at(const json::Value& webhook, std::string_view path) {
  std::optional<std::string> out;
  const auto keep = [&](const json::Value& place) {
    out = std::string(place.text());
    return json::Edit{place.begin(), place.end(), {}};
  };
  if (!edit_place(webhook, path, keep, WebhookMembers(webhook).form)) return std::nullopt;
  if (path == fields_path)
    if (const auto inner = fields_document(webhook)) out = std::string(inner->root().text());
  return out;
}

std::optional<std::vector<json::Edit>> set_at(const json::Value& webhook, std::string_view path,
                                              std::string_view value) {
  const bool is_fields = path == fields_path && !value.starts_with('"');
  const auto edit = [&](const json::Value& place) {
    return json::Edit{place.begin(), place.end(), is_fields ? json::encode(value) : std::string(value)};
  };
  return edit_place(webhook, path, edit, WebhookMembers(webhook).form);
}

namespace {

/// What stands at one place; nothing if the place is missing. `unrewritten` belongs to `after`.
struct Sides {
  std::optional<json::Value> before, after, unrewritten;
};

bool same(const json::Value& one, const json::Value& other) {
  return json::canonical(one) == json::canonical(other);
}

/// Whether a rewritten host is the only difference, or one of several.
std::string rewriting_note(const Sides& sides) {
  if (!sides.unrewritten || !sides.after || same(*sides.unrewritten, *sides.after)) return {};
  const bool alone = sides.before && same(*sides.unrewritten, *sides.before);
  return std::string(alone ? only_rewritten_hosts_differ : "hosts rewritten");
}

/// Adds the difference to at most `most` others, else to the last one, which stands for the rest.
void add_limited(std::vector<Difference>& all, Difference difference, std::size_t most) {
  if (all.size() < most && difference.more == 0) return all.push_back(std::move(difference));
  if (all.empty() || all.back().more == 0) all.push_back({"", {}, {}, false, "", difference.note});
  auto& rest = all.back();
  rest.more += std::max<std::size_t>(difference.more, 1);
  if (difference.before && !difference.order_only) rest.before = "null";
  if (rest.note != difference.note) rest.note.clear();
}

/// Walks all sides at once. Finding each place by its path would be quadratic.
class Comparison {
 public:
  explicit Comparison(Form form) : is_v5_(form == Form::v5) {}
  std::vector<Difference> found;

  void compare(const std::string& path, const std::string& name, const Sides& sides) {
    const auto both_are = [&](Kind kind) { return sides.before->is(kind) && sides.after->is(kind); };
    const auto is_unset = [&](const auto& side) { return !side || (is_v5_ && side->is(Kind::null)); };
    if (is_unset(sides.before) && is_unset(sides.after)) return;
    if (!sides.before || !sides.after) return add(path, name, sides);
    if (same(*sides.before, *sides.after)) return;
    if (both_are(Kind::array)) return compare_arrays(path, name, sides);
    if (both_are(Kind::object)) return compare_children(path, name, sides);
    if (both_are(Kind::string) && is_v5_) return compare_strings(path, name, sides);
    add(path, name, sides);
  }

  /// `name_of` tells what a child goes by when it is masked.
  using NameOf = std::function<std::string(const std::string& child)>;
  void compare(const std::string& path, const Fields& before, const Fields& after, const Fields& unrewritten,
               const NameOf& name_of) {
    std::unordered_map<std::string_view, Sides> all;
    for (const auto& [child, value] : before) all[child].before = value;
    for (const auto& [child, value] : after) all[child].after = value;
    for (const auto& [child, value] : unrewritten) all[child].unrewritten = value;
    // Of duplicate names the last one counts.
    const auto is = [](const std::optional<json::Value>& last, const json::Value& value) {
      return last && last->begin() == value.begin();
    };
    for (const auto& [child, value] : before)
      if (const auto& sides = all[child]; is(sides.before, value))
        compare(path + "/" + child, name_of(child), sides);
    for (const auto& [child, value] : after)
      if (const auto& sides = all[child]; !sides.before && is(sides.after, value))
        compare(path + "/" + child, name_of(child), sides);
  }

  void add(const std::string& path, const std::string& name, const Sides& sides, bool order_only = false) {
    ++count_;
    // Nothing more can be said of the rest than how many there are.
    if (found.size() > most_of_a_webhook && found.back().before && found.back().note.empty()) {
      ++found.back().more;
      return;
    }
    const auto text = [](const std::optional<json::Value>& value) {
      return value ? std::optional(std::string(value->text())) : std::nullopt;
    };
    add_limited(found, {path, text(sides.before), text(sides.after), order_only, name, rewriting_note(sides)},
                most_of_a_webhook);
  }

 private:
  void compare_arrays(const std::string& path, const std::string& name, const Sides& sides) {
    const auto before = named_elements(*sides.before);
    const auto after = named_elements(*sides.after);
    if (!before || !after) return compare_children(path, name, sides);
    const auto unrewritten = sides.unrewritten ? named_elements(*sides.unrewritten) : std::nullopt;
    const auto count = count_;
    compare(path, *before, *after, unrewritten.value_or(Fields()),
            [&](const std::string& child) { return secrets::name_below(name, child); });
    // The same fields in another order: this difference has no place of its own.
    if (count_ == count) add(path, name, sides, true);
  }

  void compare_strings(const std::string& path, const std::string& name, const Sides& sides) {
    const auto before = json_in(*sides.before);
    const auto after = json_in(*sides.after);
    if (!before || !after) return add(path, name, sides);
    const auto unrewritten = sides.unrewritten ? json_in(*sides.unrewritten) : std::nullopt;
    const auto count = count_;
    compare(path, name,
            {before->root(), after->root(), unrewritten ? std::optional(unrewritten->root()) : std::nullopt});
    if (count_ == count) add(path, name, sides);  // the same JSON in other spelling
  }

  void compare_children(const std::string& path, const std::string& name, const Sides& sides) {
    const auto before = children_of(*sides.before);
    const auto after = children_of(*sides.after);
    // A child is masked if either side says that it is secret.
    std::map<std::string, std::string> names;
    for (const auto& [parent, children] :
         {std::pair(&*sides.before, &before), std::pair(&*sides.after, &after)}) {
      const auto masking_names = secrets::masking_names(*parent, name);
      for (std::size_t i = 0; i < children->size(); ++i) {
        auto& known = names.emplace((*children)[i].first, masking_names[i]).first->second;
        if (!secrets::is_secret_name(known)) known = masking_names[i];
      }
    }
    compare(path, before, after, sides.unrewritten ? children_of(*sides.unrewritten) : Fields(),
            [&](const std::string& child) { return names.at(child); });
  }

  const bool is_v5_;
  std::size_t count_ = 0;
};

Fields members_of_v5(const json::Value& webhook, std::int64_t) {
  auto out = children_of(webhook);
  std::erase_if(out, [](const Field& field) { return is_server_owned(field.first, Form::v5); });
  return out;
}

/// The members of v1's form that are compared one by one: all but the type block and the fields.
Fields plain_members(const json::Value& webhook, std::int64_t type) {
  auto out = children_of(webhook);
  std::erase_if(out, [&](const Field& field) {
    const auto& [name, value] = field;
    return is_server_owned(name) || (is_type_id(name) && value.integer() == type) || name == member::fields ||
           name == member::type_block;
  });
  return out;
}

Fields type_block(const json::Value& webhook, std::int64_t type) {
  const auto block = webhook.find(member::type_block);
  auto out = block && block->is(Kind::object) ? children_of(*block) : Fields();
  std::erase_if(
      out, [&](const Field& field) { return field.first == member::id && field.second.integer() == type; });
  for (auto& [name, value] : out)
    if (name == member::name) name = member::label;
  return out;
}

void compare_fields(Comparison& comparison, const Sides& webhooks) {
  const auto raw = [](const json::Value& webhook) { return webhook.find(member::fields); };
  const auto before = fields_document(*webhooks.before);
  const auto after = fields_document(*webhooks.after);
  const auto raw_unrewritten = raw(*webhooks.unrewritten);
  // Text that is not JSON may hold a key anywhere: all of it counts as one.
  if (!before || !after)
    return comparison.compare(std::string(fields_path), std::string(secrets::always_secret),
                              {raw(*webhooks.before), raw(*webhooks.after), raw_unrewritten});
  const auto unrewritten = raw_unrewritten ? fields_document(*webhooks.unrewritten) : std::nullopt;
  comparison.compare(
      std::string(fields_path), "",
      {before->root(), after->root(), unrewritten ? std::optional(unrewritten->root()) : std::nullopt});
}

/// The rest of a path that begins with `path`; nothing if it begins otherwise.
std::optional<std::string_view> below(std::string_view longer, std::string_view path) {
  return path.empty() ? std::optional(longer) : behind(longer, path.substr(1));
}

/// `masked_text` is `original` masked; what it has at `path` becomes a mask as a whole.
std::string mask_place(const json::Value& original, const std::string& masked_text, std::string_view path) {
  std::string mask;
  const auto secret = edit_below(original, path, [&](const json::Value& place) {
    mask = secrets::mask_json(place, secrets::always_secret);
    return json::Edit{place.begin(), place.end(), {}};
  });
  const auto document = json::Document::parse(masked_text);
  auto edits = edit_below(document.root(), path, [&](const json::Value& place) {
    return json::Edit{place.begin(), place.end(), mask};
  });
  return secret && edits ? json::apply(masked_text, *std::move(edits)) : masked_text;
}

std::optional<std::string> masked(const std::optional<std::string>& text, const Difference& difference,
                                  const SecretPlaces& secrets) {
  if (!text) return std::nullopt;
  const auto document = json::Document::parse(*text);
  auto name = difference.name;
  for (const auto& path : secrets.paths)
    if (below(difference.path, path)) name = secrets::always_secret;
  const bool is_alias = difference.path == "/alias" || difference.path == "/name";
  if (is_alias && difference.name == member::alias && document.root().is(Kind::string))
    return json::encode(secrets::mask_alias(document.root().string()));
  auto out = secrets::mask_json(document.root(), name);
  for (const auto& path : secrets.paths)
    if (const auto rest = below(path, difference.path); rest && !rest->empty())
      out = mask_place(document.root(), out, *rest);
  return secrets.values.empty() ? out : secrets::KnownSecrets(secrets.values).mask_json(out);
}

}  // namespace

std::vector<Difference> differences(const Webhook* before, const Webhook& after,
                                    std::string_view unrewritten) {
  if (before != nullptr && digest_of(*before) == digest_of(after)) return {};
  const auto old_document = json::Document::over(before != nullptr ? before->text.view() : "{}");
  const auto new_document = json::Document::over(after.text.view());
  const auto unrewritten_document = json::Document::over(unrewritten.empty() ? "{}" : unrewritten);
  const Sides webhooks{old_document.root(), new_document.root(), unrewritten_document.root()};
  const auto new_type = after.identity.type;
  const auto old_type = before != nullptr ? before->identity.type : new_type;

  const bool v5 = after.form == Form::v5;
  Comparison comparison(after.form);
  const auto compare = [&](const std::string& path, Fields (*fields_of)(const json::Value&, std::int64_t)) {
    comparison.compare(path, fields_of(*webhooks.before, old_type), fields_of(*webhooks.after, new_type),
                       fields_of(*webhooks.unrewritten, new_type), [&](const std::string& child) {
                         return v5 && child == member::name ? std::string(member::alias) : child;
                       });
  };
  compare("", v5 ? members_of_v5 : plain_members);
  if (!v5) {
    compare("/" + std::string(member::type_block), type_block);
    compare_fields(comparison, webhooks);
  }
  // The difference may be in a duplicate member that is not the last.
  if (comparison.found.empty()) comparison.add("", "", {webhooks.before, webhooks.after, std::nullopt});
  return comparison.found;
}

std::string note_of(const Difference& difference) {
  if (difference.more == 0) return difference.note;
  return "and " + std::to_string(difference.more) + " more" +
         (difference.note.empty() ? "" : ": " + difference.note);
}

void DifferenceRoom::limit(std::vector<Difference>& differences) {
  const auto most = std::max(left_, always_listed);
  if (differences.size() > most) {
    std::vector<Difference> listed;
    for (auto& difference : differences) add_limited(listed, std::move(difference), most);
    differences = std::move(listed);
  }
  left_ -= std::min(left_, differences.size());
}

bool something_is_lost(const std::vector<Difference>& differences) {
  return std::ranges::any_of(differences, [](const Difference& difference) {
    return difference.before.has_value() && !difference.order_only;
  });
}

Difference masked(Difference difference, const SecretPlaces& secrets) {
  difference.before = masked(difference.before, difference, secrets);
  difference.after = masked(difference.after, difference, secrets);
  return difference;
}

}  // namespace hookferry::webhook
