// Where two webhooks differ, and the paths that name places in a webhook.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/document.hpp"
#include "json/edit.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::webhook {

// Places inside webhooks, by the paths that differences are told with.
//
// A path is the names of members from the top down, each behind a slash: "/url",
// "/integration_type_fields/payload/privateKey". Inside `integration_type_fields` it goes on in the JSON that
// the string holds. An array's elements go by their `name` where all are {name, value}, and then mean the
// value; else by their number from 0. Names stand as they are, slashes in them included.

using Field = std::pair<std::string, json::Value>;
using Fields = std::vector<Field>;

/// Elements by their `name`, where all are {name, value} and no name comes twice.
[[nodiscard]] std::optional<Fields> named_elements(const json::Value& array);
/// Members by their names, elements by their numbers; nothing of other kinds.
Fields numbered_children(const json::Value& value);

/// The JSON that `integration_type_fields` of a webhook holds, "[]" where it is null or missing; nothing
/// where it is no JSON.
[[nodiscard]] std::optional<json::Document> fields_document(const json::Value& webhook);

/// Below any value: itself for "", else what is at the end of the path. Of duplicate members the last.
[[nodiscard]] std::optional<json::Value> find_below(const json::Value& value, std::string_view path);

/// The JSON text of what a webhook has at that path; nothing where it has no such place, and for what is the
/// account's own (its id, its company, its times) or the type's id.
[[nodiscard]] std::optional<std::string> value_at(const json::Value& webhook, std::string_view path);

/// Edits of the document of `webhook` that put the JSON text `value` there. At "/integration_type_fields" a
/// string is taken as it is, any other value as the JSON that the string is to hold. Nothing where value_at()
/// has nothing.
[[nodiscard]] std::optional<std::vector<json::Edit>> set_at(const json::Value& webhook, std::string_view path,
                                                            std::string_view value);

// Two webhooks field by field.

struct Difference {
  std::string path;  ///< "/url", "/integration_type_fields/payload/privateKey": fields of {name, value} go by
                     ///< their name
  std::optional<std::string> before;  ///< JSON text; nothing where the field is not there
  std::optional<std::string> after;
  bool order_only = false;  ///< the same fields, in another order
  std::string name;         ///< of the member, or of the secret one that it is below: for masking
  std::string note = {};    ///< a phrase on where it comes from
};

/// The note of a difference that is none but for hosts of the source's region.
inline constexpr std::string_view only_rewritten_hosts_differ = "only rewritten hosts differ";

/// What makes `after` differ in content from `before`, in the order of `before`, then what only `after` has.
/// Empty just when their contents are equal. Where `before` is nothing, all of `after`.
///
/// `unrewritten`: the text of `after` as it would be had no host been rewritten, where any was. Notes then
/// say where a value differs by its rewritten hosts.
std::vector<Difference> differences(const Webhook* before, const Webhook& after,
                                    std::string_view unrewritten = {});

/// Whether `after` lacks something that `before` has, or has it otherwise. Not where it only has more.
[[nodiscard]] bool something_is_lost(const std::vector<Difference>& differences);

/// What is secret in a webhook beyond what its names and forms tell.
struct SecretPlaces {
  std::vector<std::string> paths;   ///< see places.hpp; whatever stands there, before and after
  std::vector<std::string> values;  ///< texts, wherever they stand
};

/// The same with all secrets masked.
Difference masked(Difference difference, const SecretPlaces& secrets = {});

}  // namespace hookferry::webhook
