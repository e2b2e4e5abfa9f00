// What earlier runs found out about the webhooks of an account. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::ledger {

/// A webhook that the server stores otherwise than it was sent, as an earlier run found. Both contents are
/// digests.
struct KnownAlteration {
  std::string sent;
  std::int64_t id = 0;
  std::string stored;
};

/// A webhook that was sent, and of which it is not known whether it is one of the candidates: these are new
/// and have its alias and type, but other content.
struct KnownUnclear {
  std::string sent;  ///< digest
  std::vector<std::int64_t> candidates;

  bool operator==(const KnownUnclear&) const = default;
};

/// What earlier runs found out about webhooks of an account that are not there as they were sent.
struct KnownOfAccount {
  std::vector<KnownAlteration> alterations;
  std::vector<KnownUnclear> unclear;
};

/// The alterations that these runs found.
std::vector<KnownAlteration> known_alterations(const std::vector<LedgerRun>& runs);
/// The ambiguous webhooks of these runs. A candidate that a later run has seen arrive, as its update for
/// example, is that run's and no candidate any more.
std::vector<KnownUnclear> known_unclear(const std::vector<LedgerRun>& runs);

/// What is known of the account as `reading` shows it: by `remembered`, from before the last one of `runs`,
/// and by these.
KnownOfAccount known_after(const KnownOfAccount& remembered, const std::vector<LedgerRun>& runs,
                           const std::vector<webhook::Webhook>& reading);

/// The alterations that `reading` still shows, one for each webhook.
std::vector<KnownAlteration> still_true(const std::vector<KnownAlteration>& known,
                                        const std::vector<webhook::Webhook>& reading);
/// The ambiguous webhooks of which `reading` shows a candidate.
std::vector<KnownUnclear> still_true(const std::vector<KnownUnclear>& known,
                                     const std::vector<webhook::Webhook>& reading);

}  // namespace hookferry::ledger
