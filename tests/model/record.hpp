// The ledger in the model: the core's own LedgerRun, written as ledger_reader.cpp reads it, contents as
// letters.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "contents.hpp"
#include "delivery/steps.hpp"
#include "ledger/ledger.hpp"
#include "support/rooms.hpp"
#include "world.hpp"

namespace hookferry::model {

/// Histories share the runs that they have in common: copying one is cheap.
class Ledger {
 public:
  bool empty() const { return runs_.empty(); }
  std::size_t size() const { return runs_.size(); }
  const LedgerRun& operator[](std::size_t which) const { return *runs_[which]; }
  const LedgerRun& back() const { return *runs_.back(); }
  LedgerRun& change(std::size_t which) {
    auto own = std::make_shared<LedgerRun>(*runs_[which]);
    runs_[which] = own;
    return *own;
  }
  void push_back(LedgerRun run) { runs_.push_back(std::make_shared<LedgerRun>(std::move(run))); }

 private:
  std::vector<std::shared_ptr<const LedgerRun>> runs_;
};

/// Where in the ledger something was done.
struct Place {
  std::size_t run = 0;
  std::size_t n = 0;
};

/// One of the core's records becomes part of `run`; other actions are none.
void write_down(LedgerRun& run, const Instruction& record, Time now);
bool is_record(const Instruction& action);

/// As the core reads it from disk: contents are digests, what was there before is JSON.
std::vector<LedgerRun> with_digests(const Ledger& ledger);
/// A record that the core made of such a ledger, with letters again.
Instruction with_symbols(Instruction record);

void canonical(std::string& out, const Ledger& ledger, Time now, Time settle, const Ranks& ranks);
std::string shown(const Instruction& action);
std::string shown(const LedgerRun& run);

}  // namespace hookferry::model
