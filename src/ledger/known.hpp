// What earlier runs found out about the webhooks of an account. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::ledger {

/// What an earlier run found: a webhook that was sent, and that the server stores otherwise. Both as digests.
struct KnownAlteration {
  std::string sent;
  std::int64_t id = 0;
  std::string stored;
};

/// One that was sent, and of which it is not known whether it is one of these ids: what is new with its alias
/// and type has other content.
struct KnownUnclear {
  std::string sent;  ///< digest
  std::vector<std::int64_t> candidates;
};

/// What earlier runs found out about webhooks of an account that are not there as they were sent.
struct KnownOfAccount {
  std::vector<KnownAlteration> alterations;
  std::vector<KnownUnclear> unclear;
};

/// What the runs found of webhooks that the server stores otherwise than they were sent.
std::vector<KnownAlteration> known_alterations(const std::vector<LedgerRun>& runs);
/// What they know by count alone. What a later one of them has seen arrive, written over by it say, is that,
/// and not what is in question.
std::vector<KnownUnclear> known_unclear(const std::vector<LedgerRun>& runs);

/// What is known of the account as it reads now: by `remembered`, from before the last one of `runs`, and by
/// these.
KnownOfAccount known_after(const KnownOfAccount& remembered, const std::vector<LedgerRun>& runs,
                           const std::vector<webhook::Webhook>& reading);

/// Those of them that still hold, one for each webhook.
std::vector<KnownAlteration> still_true(const std::vector<KnownAlteration>& known,
                                        const std::vector<webhook::Webhook>& reading);
/// Those of which something that may be it is still there.
std::vector<KnownUnclear> still_true(const std::vector<KnownUnclear>& known,
                                     const std::vector<webhook::Webhook>& reading);

}  // namespace hookferry::ledger
