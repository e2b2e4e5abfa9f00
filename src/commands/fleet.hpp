// The pairs of a fleet, and their table.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "commands/context.hpp"
#include "commands/transfer.hpp"
#include "core/failure.hpp"
#include "plan/plan.hpp"

namespace hookferry::commands {

// Many pairs of accounts in one process: each is a run of its own, in a thread of its own, with a ledger of
// its own. What they share is in Common.

/// One [pair NAME], with the options in force: defaults, then the pair's own, then the command line.
struct Pair {
  std::string name, source, dest;
  std::string mode;  ///< the command that each run of it is
  cli::Settings settings;
  bool mirrors;  ///< what only the destination has is deleted
};

struct PairResult {
  std::string name, source, dest;
  Exit exit = Exit::done;
  std::string output;  ///< what it would have printed to standard output
  std::string error;   ///< what ended it, with what to try; a safe line
  bool planned = false;
  std::size_t create = 0, update = 0, remove = 0, unchanged = 0, conflict = 0, invalid = 0, failed = 0;
  std::string writes;  ///< of its plan, see described_writes()
  std::string ends;    ///< "emea: from … to …", a safe line

  std::size_t changes() const { return create + update + remove; }
};

/// Those whose names match one of the patterns, all without one; in the order of the configuration.
/// Failure(configuration) where there are none at all, Failure(usage) where a pattern matches none.
std::vector<Pair> pairs_of(const Context& context, const std::vector<std::string>& patterns);

/// Reads all their keys, before there are several threads. What is wrong with one is its pairs' business.
void preload_keys(Context& context, const std::vector<Pair>& pairs);

/// The plan and nothing else. `strictly`: what would stop the run is an error of the pair already.
PairResult look_at(Common& common, const Pair& pair, bool strictly);
/// `seen`: what somebody has said yes to; it ends where its plan would do anything else. Nothing: whatever
/// it is.
PairResult carry_out(Common& common, const Pair& pair, const PairResult* seen);

/// All of them, so many at a time, in threads; results in their order. `done` is told of each as it ends, one
/// at a time. After a signal no further one is begun.
using DoPair = std::function<PairResult(const Pair&)>;
std::vector<PairResult> do_all(const Context& fleet, const std::vector<Pair>& pairs, const DoPair& one,
                               const std::function<void(const PairResult&)>& done);

/// The worst of all.
Exit worst_exit(const std::vector<PairResult>& results);

// What became of a fleet's pairs, as a table and as JSON. Pure.

/// A row a pair, with what ended those that did not come to their end below them. `planned`: of plans that
/// were not carried out.
std::string fleet_table(const std::vector<PairResult>& results, bool planned);

/// An array of what each pair would have printed with --format json, with "pair" and "exit" before it, and
/// with "error" where something ended it.
std::string fleet_json(const std::vector<PairResult>& results);

}  // namespace hookferry::commands
