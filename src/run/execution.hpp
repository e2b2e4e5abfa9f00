// One plan carried out against one account: turns the instructions of Delivery into records and requests, and
// what comes of them into its events. Policy is in Delivery; this is the clock, the chance, the ledger and
// the API.
#pragma once

#include <cstddef>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "api/account_api.hpp"
#include "core/failure.hpp"
#include "ledger/account_identity.hpp"
#include "ledger/ledger.hpp"
#include "ledger/turns.hpp"
#include "migration/delivery.hpp"
#include "net/client.hpp"

namespace hookferry {

/// The account that is written to. What it refers to must outlive the run.
struct Target {
  std::string label;  ///< as the user calls it
  std::string url;    ///< of its API
  AccountIdentity identity;
  AccountApi& api;
  net::Executor& executor;
};

struct RunSettings {
  std::size_t batch_size = 50;
  std::size_t concurrency = 4;
  std::size_t retries = 5;
  Milliseconds settle{8'000};
  /// What the account does not show is not there: somebody says so.
  bool accept_shrunk = false;
  /// Among the runs of this process, which wait for each other; nothing: there is but one.
  Turns* turns = nullptr;
};

/// What a run says while it goes on; each is a line, safe to print.
struct RunObserver {
  std::function<void(const std::string&)> note = [](const std::string&) {};
  std::function<void(const std::string&)> warn = [](const std::string&) {};
  std::function<void(const std::string&)> tell = [](const std::string&) {};
  std::function<void(std::size_t done, std::size_t all)> progress = [](std::size_t, std::size_t) {};
};

struct Task {
  Operation operation;
  const Webhook* body = nullptr;  ///< of creations and updates
  std::size_t n = 0;              ///< its entry in the ledger's run
};

struct Executed {
  std::vector<Delivery::Result> results;  ///< one for each task
  std::vector<Delivery::Surprise> surprises;
  std::optional<Failure> ended_by;  ///< why it ended before its time
  bool interrupted = false;
  bool settled = true;  ///< nothing that was sent can still come as a surprise
  /// Of the last reading what is new or was written over, and holds something else than anything that was
  /// sent.
  std::vector<Webhook> stored_differently;
  std::string company;  ///< that the account says it is of; empty where it says nothing
};

/// Never throws for what network, server or disk do: that is in the result. The run's header and entries are
/// in the ledger already.
Executed execute(const Target& target, const RunSettings& settings, const RunObserver& observer,
                 LedgerWriter& ledger, const std::vector<Task>& tasks, AccountBefore before,
                 bool deletions_last_of_all);

/// Writes a record of a state machine whose operations are these entries.
void write_record(LedgerWriter& ledger, const Instruction& instruction,
                  const std::vector<std::size_t>& entries);

/// One that has an id, as state machines see it.
Seen seen_of(const Webhook& webhook);
/// The reading as state machines see it.
Reading reading_of(const std::vector<Webhook>& webhooks, Time began);

/// On the clock of the state machines.
Moment present_moment();

}  // namespace hookferry
