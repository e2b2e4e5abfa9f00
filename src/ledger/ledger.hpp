// The record of runs: which webhooks were to be written, which writes were begun, what became of them.
//
// Format: JSON Lines (jsonlines.org), one event a line, mode 0600; version 1. A file may hold several runs
// one after the other, each beginning with a `run` line. Every event but `webhook` is on disk before the run
// goes on. Times are milliseconds since 1970 in UTC. No line holds a key; a webhook's content stands there
// for updates only, as what was there before, else as a digest.
//
//   {"event":"run","ledger":1,"hookferry":"0.1.0","command":"migrate","source":"eu1","destination":"us1",
//    "url":"https://api.coralogix.us","account":"<digest>","at":1700000000000,"present":[7,9]}
//    present: ids that were there before the run; account: tells accounts of one address apart
//   {"event":"webhook","n":0,"source_id":3,"alias":"ops","type":0,"action":"create","destination_id":null,
//    "content":"<sha256>"}                               and for updates "before":{…}, the webhook as it was
//   {"event":"intent","webhooks":[0,1],"at":…}           before these are sent
//   {"event":"accepted","webhooks":[0,1],"ids":[50,null],"at":…}   the answer; null where it does not tell
//   which
//   {"event":"not_applied","webhooks":[0,1],"reason":"…","at":…}   not sent, refused, or found missing on
//   reading back
//   {"event":"arrived","n":0,"id":50,"content":"<sha256>"}         read back; the digest of what is stored
//   {"event":"undone","run":0,"n":0,"id":50,"at":…}                taken back; run: which of the file, from 0
//   {"event":"end","settled":true,"exit":0,"at":…}       settled: no outcome is open
#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "webhook/webhook.hpp"

namespace hookferry {

inline constexpr std::int64_t ledger_version = 1;

struct LedgerHeader {
  std::string command;
  std::string source;
  std::string destination;  ///< as the user called it
  std::string url;          ///< of the destination's API
  std::string account;      ///< digest that tells its accounts apart; empty in ledgers that lack it
  std::vector<std::int64_t> present;
};

struct LedgerEntry {
  enum class State {
    planned,   ///< not begun
    intended,  ///< begun, outcome open
    accepted,  ///< the server said yes; not read back
    not_applied,
    arrived,  ///< read back
    undone,
  };
  std::size_t n = 0;  ///< place in the run's plan
  std::optional<std::int64_t> source_id;
  Identity identity;
  std::string action;  ///< "create", "update", "unchanged", "conflict", "invalid"
  std::optional<std::int64_t> destination_id;
  std::string content;  ///< digest of what was to be written
  std::string before;   ///< updates: JSON text of the webhook before
  std::string stored;   ///< digest of what was read back
  State state = State::planned;
};

struct LedgerRun {
  LedgerHeader header;
  std::vector<LedgerEntry> entries;
  std::int64_t last_activity = 0;
  bool ended = false;    ///< it was not killed: nothing was under way any more at last_activity
  bool settled = false;  ///< ended with no outcome open
  bool begun() const;    ///< anything was sent, or may have been: deletions leave no intent
};

/// Failure(no_input) where there is no such file, (bad_data) where it is no ledger or of a newer version. A
/// last line cut off by a crash is passed over.
std::vector<LedgerRun> read_ledger(const std::filesystem::path& path);

/// Whether there is nothing in it yet: no file, an empty one, or one whose very first line a crash has cut.
bool holds_no_run(const std::filesystem::path& path);

std::int64_t now_ms();

/// Appends. Failure(cannot_write) where that cannot be done: the run must not go on then.
class LedgerWriter {
 public:
  /// Makes the file with its folder, or continues one; Failure(bad_data) where the file is there and is no
  /// ledger.
  explicit LedgerWriter(const std::filesystem::path& path);
  ~LedgerWriter();
  LedgerWriter(const LedgerWriter&) = delete;
  LedgerWriter& operator=(const LedgerWriter&) = delete;

  const std::filesystem::path& path() const { return path_; }

  void run(const LedgerHeader& header);
  void webhook(const LedgerEntry& entry);
  void intent(const std::vector<std::size_t>& webhooks);
  void accepted(const std::vector<std::size_t>& webhooks,
                const std::vector<std::optional<std::int64_t>>& ids);
  void not_applied(const std::vector<std::size_t>& webhooks, const std::string& reason);
  void arrived(std::size_t n, std::int64_t id, const std::string& content);
  void undone(std::size_t run, std::size_t n, std::int64_t id);
  void end(bool settled, int exit);
  /// Everything so far is on disk.
  void sync();

 private:
  void append(const std::string& line);
  std::filesystem::path path_;
  int fd_ = -1;
};

/// `$XDG_STATE_HOME/hookferry`, else `~/.local/state/hookferry`.
std::filesystem::path state_directory();

/// A name of its own in the state directory for a run that begins now.
std::filesystem::path new_ledger_path(const std::string& source, const std::string& destination);

}  // namespace hookferry
