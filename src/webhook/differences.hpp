// Where two webhooks differ, and the paths that name places in a webhook.
#pragma once

#include <cstddef>

#include "json/build.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::webhook {

// Paths name places inside webhooks, and differences by their places.
//
// A path consists of the names of members from the top down, each behind a slash: "/url",
// "/integration_type_fields/payload/privateKey". Inside `integration_type_fields` it goes on in the JSON that
// the string holds, and in v5's form in the JSON that any string holds: "/genericWebhook/payload/privateKey".
// If all elements of an array are {name, value}, an element goes by its `name`, and the path leads to its
// value; else it goes by its number from 0. Slashes in names are not escaped.

/// The JSON text of what a webhook has at that path. Nothing if it has no such place, or if the place belongs
/// to the account (its id, its company, its times) or is the type's id.
[[nodiscard]] std::optional<std::string> value_at(const json::Value& webhook, std::string_view path);

/// Edits of the document of `webhook` that put the JSON text `value` at that path. At
/// "/integration_type_fields" a string is taken as it is, any other value as the JSON that the string is to
/// hold. Nothing if value_at() has nothing.
[[nodiscard]] std::optional<std::vector<json::Edit>> set_at(const json::Value& webhook, std::string_view path,
                                                            std::string_view value);

// Two webhooks field by field.

struct Difference {
  std::string path;
  std::optional<std::string> before;  ///< JSON text; nothing if the field is missing
  std::optional<std::string> after;
  bool order_only = false;  ///< the same fields, in another order
  std::string name;         ///< of the member, or of the secret one that it is below: for masking
  std::string note = {};    ///< a phrase that says where the difference comes from
  std::size_t more = 0;     ///< not 0: it has no place, and stands for so many that are not listed
};

/// The note of a difference that only rewritten hosts make.
inline constexpr std::string_view only_rewritten_hosts_differ = "only rewritten hosts differ";

/// The note as it is shown: "and 3000 more: only rewritten hosts differ".
std::string note_of(const Difference& difference);

// An answer that is allowed can make hundreds of thousands of differences, each of which takes more memory
// than its two values. So many of one webhook are listed, and so many of a plan, then a few of each.
inline constexpr std::size_t most_of_a_webhook = 1'000;
inline constexpr std::size_t most_of_a_plan = 20'000;
inline constexpr std::size_t always_listed = 10;

/// The differences that a plan has room for.
class DifferenceRoom {
 public:
  /// Shortens the differences of a webhook to what there is room for. One then stands for the rest: it has a
  /// value before if anything of the rest is lost, and a note if all of the rest have it.
  void limit(std::vector<Difference>& differences);

 private:
  std::size_t left_ = most_of_a_plan;
};

/// What makes `after` differ in content from `before`, in the order of `before`, then what only `after` has.
/// It is empty only if the contents are equal. Without `before`, all of `after` differs.
///
/// `unrewritten` is the text that `after` would have if no host had been rewritten; empty if none was. Notes
/// then say where rewritten hosts make a difference. At most most_of_a_webhook are listed.
std::vector<Difference> differences(const Webhook* before, const Webhook& after,
                                    std::string_view unrewritten = {});

/// Whether something that `before` has is missing or different in `after`. More in `after` is no loss.
[[nodiscard]] bool something_is_lost(const std::vector<Difference>& differences);

/// What is secret in a webhook although neither its name nor its form shows it.
struct SecretPlaces {
  std::vector<std::string> paths;   ///< everything at and below these paths, before and after
  std::vector<std::string> values;  ///< these texts, wherever they stand
};
Difference masked(Difference difference, const SecretPlaces& secrets = {});

}  // namespace hookferry::webhook
