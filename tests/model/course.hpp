// A history: the account, the ledger, and one run after the other against it, with everything that can happen
// next. What src/run does with sockets and files is done here with values.
#pragma once

#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "choices.hpp"
#include "delivery/reconciliation.hpp"
#include "record.hpp"
#include "space.hpp"
#include "support/rooms.hpp"
#include "world.hpp"

namespace hookferry::model {

using Log = std::vector<std::string>;

struct InFlight {
  std::size_t ticket = 0;
  std::vector<std::size_t> operations;
  bool removal = false;
};

/// One run of the tool, from its first reading to its last record.
struct Run {
  enum class Command { migrate, undo, undo_elsewhere } command = Command::migrate;
  RunFaults may;                                         ///< what may still go wrong in it
  bool quiet = false;                                    ///< nothing may, from the beginning
  std::shared_ptr<const Reconciliation> reconciliation;  ///< until a plan is made
  std::shared_ptr<const Delivery> delivery;
  std::shared_ptr<const ModelPlan> plan;
  std::shared_ptr<const Webhooks> basis;  ///< the reading that the plan was made from
  std::vector<InFlight> in_flight;
  std::set<Id> gone;  ///< deleted by the last run
  bool reading = false;
  std::optional<Id> asking;
  std::optional<Time> pause;
  int readings = 0;
  Webhooks last_reading;
  Time last_began = 0;
  bool disk_full = false;
  // What only the model knows:
  bool knows = false;       ///< anything, before its first reading
  std::set<Id> known;       ///< the tool knows them to be there, or to have been
  std::set<Id> seen_edits;  ///< a reading has shown a stranger's edit that the plan did not know
  bool doubled_by_server = false;
};

struct History {
  Account account;
  Ledger ledger;
  Time now = 1000;
  std::size_t runs = 0;
  std::optional<Run> run;  ///< nothing: between runs
  bool over = false;
  Id last_initial = 0;  ///< of the webhooks that are there at the beginning
  std::map<std::pair<int, Content>, std::ptrdiff_t> foreign;  ///< how many of each strangers have made
  int strangers = 0;
  int interrupts = 0;
  int full_disks = 0;
  // What excuses a run that does not finish:
  bool touched_by_strangers = false;
  bool server_lied = false;    ///< confirmed what it did not do, or with ids that do not exist
  bool deletion_lied = false;  ///< confirmed a deletion that it did not do
  bool ever_doubled = false;   ///< carried out a request twice
  std::string violation;
};

History beginning(const Space& space);

/// One thing happens. Nothing can: false.
bool happen(const Space& space, History& history, Choices& choices, Log* log);

/// Equal histories go on equally.
std::string canonical(const Space& space, const History& history);

}  // namespace hookferry::model
