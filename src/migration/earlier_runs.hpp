// What earlier runs left in an account, worked out from their ledgers. Pure.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "ledger/ledger.hpp"
#include "migration/attribution.hpp"
#include "migration/steps.hpp"

namespace hookferry {

/// What the next reading is to show, if it can be believed.
struct Expectations {
  /// Left there by the last run: id → digest, nothing where only its presence is known.
  std::map<std::int64_t, std::optional<Sha256>> left;
  /// Deleted by the last run: a reading that lags may still show them.
  std::set<std::int64_t> gone;
  /// For how long from now a reading may still show the account as it was before the last run's writes.
  Milliseconds fresh{0};
  /// The longest that the option or a ledger says.
  Milliseconds settle{0};
  /// Runs with outcomes open: killed, or ended before everything was established.
  std::vector<LedgerRun> open;
  /// A run whose account may be this one under another key has outcomes open.
  bool wait_for_others = false;
};

/// Of the runs of one ledger, the last of which was the last to write to the account. `now`: milliseconds
/// since 1970; a clock set back in between makes nobody wait for hours.
Expectations expectations(const std::vector<LedgerRun>& runs, Milliseconds settle, std::int64_t now);

/// What is said of a run's open entries by a reading that was made late enough.
struct Recovery {
  Instructions records;    ///< that close them; operations are the entries' places
  std::size_t unseen = 0;  ///< entries that the server confirmed, and that the reading does not show
};
Recovery recover(const LedgerRun& run, const std::vector<Seen>& reading);

/// An open entry of one of the runs of which the ledger does not hold what was sent, or what it was written
/// over: no reading says what became of it. nullptr where there is none.
const LedgerEntry* damaged_open_entry(const std::vector<LedgerRun>& open);

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
                           const std::vector<Webhook>& reading);

/// Those of them that still hold, one for each webhook.
std::vector<KnownAlteration> still_true(const std::vector<KnownAlteration>& known,
                                        const std::vector<Webhook>& reading);
/// Those of which something that may be it is still there.
std::vector<KnownUnclear> still_true(const std::vector<KnownUnclear>& known,
                                     const std::vector<Webhook>& reading);

}  // namespace hookferry
