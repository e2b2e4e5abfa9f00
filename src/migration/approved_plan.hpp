// A plan that somebody has seen and said yes to, as a file: what it was made from and what it does, by
// digests. It holds no content and no secret; whether accounts still are as they were then, and whether the
// plan made of them still is that one, can be told from it. Pure.
//
// Format: one JSON object, version 1. Digests are SHA-256 of the salt, a line end and what they are of; the
// salt is drawn for each file, so that digests of two files cannot be held against each other.
//   {"hookferry_plan":1,"made_by":"0.1.0","command":"migrate",
//    "source":{"name":"eu1","url":"https://…","account":"<digest>","company":"1"},
//    "destination":{…},                       account, company: see account_identity.hpp; of a file both
//    empty "options":[["only","ops-*"]],            those that shape the plan, as they were set
//    "overlay":"<digest>",                    of what overlays set; empty: there was none
//    "salt":"<hex>",
//    "source_webhooks":[{"id":1,"alias":"a","type":0,"digest":"<digest>"}],     selected ones
//    "destination_webhooks":[…],
//    "plan":"<digest>",
//    "checksum":"<SHA-256 of all other members, each compact, joined by line ends>"}
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "ledger/ledger.hpp"
#include "migration/plan.hpp"

namespace hookferry {

struct ApprovedPlan {
  struct End {
    std::string name;  ///< as the user called it
    std::string url;   ///< of its API; empty for a file
    std::string account, company;
  };
  struct Item {
    std::optional<std::int64_t> id;
    Identity identity;
    std::string digest;
  };
  std::string command;  ///< "migrate" or "mirror"
  End source, destination;
  std::vector<std::pair<std::string, std::string>> options;
  std::string overlay;
  std::string salt;
  std::vector<Item> source_webhooks, destination_webhooks;
  std::string plan;  ///< digest
};

std::vector<ApprovedPlan::Item> items_of(const std::vector<Webhook>& webhooks, const std::string& salt);
/// Of what it does with which webhook, in its order; extras that stay are no part of it.
std::string plan_digest(const Plan& plan, const std::string& salt);

std::string write_approved_plan(const ApprovedPlan& plan);
/// Failure(bad_data) where it is none, of a newer version, or not as it was written; `origin` names it.
ApprovedPlan read_approved_plan(const std::string& text, const std::string& origin);

/// What is not as it was then: "the source's \"a\" (slack) with id 1 has changed", "… is gone", "… is new".
/// Safe lines, in the order of ids.
std::vector<std::string> changes_since(const std::vector<ApprovedPlan::Item>& then,
                                       const std::vector<ApprovedPlan::Item>& now, std::string_view whose);

/// The account as it was before those runs, as far as it still is as they left it: what they created taken
/// off, what they wrote over and deleted as it was. By id.
std::vector<Webhook> before_those_runs(const std::vector<LedgerRun>& runs, std::vector<Webhook> present);

}  // namespace hookferry
