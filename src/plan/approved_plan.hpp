// A plan that was approved, as a file: what it was made from and what it does, by digests. It holds no
// content and no secret. It shows whether the accounts are as they were, and whether a new plan is the same.
//
// Its key. Contents are likely texts, which a reader of the file could try on plain digests, salted or not.
// So digests are HMAC-SHA256 under a key that is drawn for each file and stands in it only wrapped (see
// core/crypto.hpp), under the API keys of those ends that are accounts. To apply the plan you need both, and
// one of them as it was: a destination may be read and written with different keys. The options, which may
// name a secret URL, are encrypted under the key, too.
//
// Its seal cannot be made without one of those API keys, and is checked before anything that the file names
// is read or connected to. The checksum, which can be made without a key, only detects a damaged file.
//
// Its time and number. A plan is applied once, and not for ever. Both are part of the plan's digest, too: who
// has one of the API keys can seal the file again, but not make the digest of the other account.
//
// Format: one JSON object, version 3.
//   {"hookferry_plan":3,"made_by":"0.1.0","made_at":1700000000000,"number":"<hex>","command":"migrate",
//    "source":{"name":"eu1","url":"https://…","account":"<digest>","company":"1","lock":"<hex>"},
//    "destination":{…},                       account, company: see ledger/destination.hpp; lock: the key,
//                                             wrapped; of a file all but the name are empty
//    "options":"<hex>",                       the options that shape the plan, as they were set, encrypted:
//                                             [["only","ops-*"]]
//    "overlay":"<HMAC>",                      of what overlays set; empty if there was none
//    "salt":"<hex>",                          of the wrapping
//    "source_webhooks":[{"id":1,"alias":"a","type":0,"digest":"<HMAC>"}],       selected ones
//    "destination_webhooks":[…],
//    "actions":[{"action":"create","alias":"a","type":0,"source_id":1,"destination_id":null}],   for `show`
//    "extra":0,
//    "plan":"<HMAC>",
//    "checksum":"<SHA-256 of all other members but the seal, each compact, joined by line ends>",
//    "seal":"<HMAC of the checksum>"}
#pragma once

#include <chrono>
#include <utility>

#include "plan/plan.hpp"

namespace hookferry::plan {

/// No plan may be applied later than that, whatever --max-plan-age says.
inline constexpr std::chrono::seconds longest_plan_age = std::chrono::days(365);

struct ApprovedPlan {
  struct Item {
    std::optional<std::int64_t> id;
    webhook::Identity identity;
    std::string digest;
  };
  /// What the plan does with a webhook, for a person who reads the file.
  struct PlannedAction {
    std::string action;  ///< "create"
    webhook::Identity identity;
    std::optional<std::int64_t> source_id, destination_id;
    bool operator==(const PlannedAction&) const = default;
  };
  std::string made_by;                  ///< the version of hookferry
  std::int64_t made_at = 0;             ///< ms since 1970
  std::string number;                   ///< random: no two plans have the same
  std::string command;                  ///< "migrate" or "mirror"
  ledger::Account source, destination;  ///< without region and server; of a file only the name
  /// The plan's key, wrapped under the API key of each account; empty for a file.
  std::string source_lock, destination_lock;
  std::vector<std::pair<std::string, std::string>> options;  ///< of a plan that was read, once it is unsealed
  std::string overlay;
  std::string salt;
  std::vector<Item> source_webhooks, destination_webhooks;
  std::vector<PlannedAction> actions;             ///< in the order of the plan
  std::int64_t extra = 0;                         ///< webhooks that only the destination has, and that stay
  std::string plan;                               ///< digest
  std::string encrypted_options, checksum, seal;  ///< as read
};

std::vector<ApprovedPlan::Item> items_of(const std::vector<webhook::Webhook>& webhooks, std::string_view key);
std::vector<ApprovedPlan::PlannedAction> actions_of(const Plan& plan);
/// The plan's actions and, as digests, their webhooks, a line each; extras that stay are no part of it.
/// `only_writes`: without unchanged webhooks and the source's ids: equal for two plans that write the same.
std::string actions_text(const Plan& plan, bool only_writes);
/// The digest of that text, and of the time and number of `approved`.
std::string plan_digest(const Plan& plan, const ApprovedPlan& approved, std::string_view key);

/// Options are encrypted, checksum and seal are made anew.
std::string write_approved_plan(const ApprovedPlan& plan, std::string_view key);
/// Failure(bad_data) if it is no plan, of another version, or damaged; `origin` names it.
ApprovedPlan read_approved_plan(const std::string& text, const std::string& origin);
/// Decrypts the options. False if the author of the file did not have that key.
[[nodiscard]] bool unseal(ApprovedPlan& plan, std::string_view key);

/// The items that are not as they were then: "the source's \"a\" (slack) with id 1 has changed", "… is gone",
/// "… is new". Safe lines, in the order of ids.
std::vector<std::string> changes_since(const std::vector<ApprovedPlan::Item>& then,
                                       const std::vector<ApprovedPlan::Item>& now, std::string_view whose);

/// The account as it was before those runs, as far as it is still as they left it: without what they created,
/// and with what they updated and deleted as it was. By id.
std::vector<webhook::Webhook> before_those_runs(const std::vector<ledger::LedgerRun>& runs,
                                                std::vector<webhook::Webhook> present);

}  // namespace hookferry::plan
