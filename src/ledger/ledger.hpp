// The record of runs: which webhooks were to be written, which writes were begun, what became of them.
//
// Format: JSON Lines (jsonlines.org), one event a line, mode 0600; version 2, version 1 is read too. A file
// may hold several runs one after the other, each beginning with a `run` line. Every event but `webhook` is
// on disk before the run goes on. Times are milliseconds since 1970 in UTC. No line holds a key; a webhook's
// content stands there for updates and deletions only, as what was there before, else as a digest.
//
// clang-format off
//   {"event":"run","ledger":2,"hookferry":"0.1.0","command":"migrate","source":"eu1","destination":"us1",
//    "url":"https://api.coralogix.us","account":"<digest>","company":"67890","settle":8000,"at":1700000000000,
//    "present":[7,9]}
//      present: ids that were there before the run; account: tells accounts of one address apart; company: the
//      server's own number of the account, where it is known; settle: in milliseconds, see docs/reliability.md;
//      a run of apply has "plan" besides, the digest of the plan
//   {"event":"webhook","n":0,"source_id":3,"alias":"ops","type":0,"action":"create","destination_id":null,
//    "content":"<sha256>"}
//      updates and deletions have "before":{…} besides, the webhook as it was
//   {"event":"intent","webhooks":[0,1],"at":…}
//      stands there before these are sent
//   {"event":"accepted","webhooks":[0,1],"ids":[50,null],"at":…}
//      the server's answer; null where it does not say which id a webhook got
//   {"event":"not_applied","webhooks":[0,1],"reason":"…","at":…}
//      they were not sent, were refused, or were found missing when the account was read back
//   {"event":"arrived","n":0,"id":50,"content":"<sha256>","evidence":"id"}
//      it was read back; content: the digest of what is stored; evidence: "id", "content" or "changed" (by
//      somebody since)
//   {"event":"unclear","n":0,"ids":[50,51]}
//      it is known by count alone: it is one of these, or none
//   {"event":"removed","n":0}
//      a deletion of this run was seen to be done
//   {"event":"undone","run":0,"n":0,"id":50,"at":…}
//      it was taken back; run: which of the file, from 0; id: of a deletion that of the webhook that was made
//      again
//   {"event":"company","company":"67890"}
//      where it was not known when the run began
//   {"event":"end","settled":true,"exit":0,"at":…}
//      settled: no outcome is open; exit: as the process ended: 0 all is done, 2 all but conflicts, else not all
// clang-format on
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "core/text.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::ledger {

inline constexpr std::int64_t ledger_version = 2;

/// What is to be done with a webhook.
enum class Action { create, update, unchanged, conflict, invalid, remove };
/// "create"; of `remove` "delete".
std::string_view name_of(Action action);

struct LedgerHeader {
  std::string command;
  std::string source;
  std::string destination;  ///< as the user called it
  std::string url;          ///< of the destination's API
  std::string account;      ///< digest that tells its accounts apart; empty in ledgers that lack it
  std::string company;      ///< the server's number of the account; empty where unknown
  std::int64_t settle = 0;  ///< ms
  std::vector<std::int64_t> present;
  std::string plan{};  ///< digest of the approved plan that it carries out; empty where there is none
};

struct LedgerEntry {
  enum class State {
    planned,   ///< not begun
    intended,  ///< begun, outcome open
    accepted,  ///< the server said yes; not read back
    not_applied,
    arrived,  ///< read back
    unclear,  ///< known by count alone
    removed,  ///< a deletion that is done
    undone,
  };
  std::size_t n = 0;  ///< place in the run's plan
  std::optional<std::int64_t> source_id;
  webhook::Identity identity;
  Action action = Action::create;
  std::optional<std::int64_t> destination_id;
  std::string content;   ///< digest of what was to be written
  std::string before;    ///< updates, deletions: JSON text of the webhook before
  std::string stored;    ///< digest of what was read back
  bool changed = false;  ///< somebody had changed it when it was read back
  /// A deletion that was taken back: the id of what was made again.
  std::optional<std::int64_t> made_again;
  std::vector<std::int64_t> perhaps;  ///< unclear: what may be it
  State state = State::planned;
};

struct LedgerRun {
  LedgerHeader header;
  std::vector<LedgerEntry> entries;
  std::int64_t began = 0;
  std::int64_t last_activity = 0;
  bool ended = false;    ///< it was not killed: nothing was under way any more at last_activity
  bool settled = false;  ///< ended with no outcome open
  int exit = -1;         ///< its exit code, where it ended
  /// It ended with all that was planned, conflicts aside.
  bool complete() const { return exit == 0 || exit == 2; }
  bool is_undo() const;  ///< it took back what other runs had done
  bool begun() const;    ///< anything was sent, or may have been: version 1 has no intents of deletions
};

/// Failure(no_input) where there is no such file, (bad_data) where it is no ledger or of a newer version. A
/// last line cut off by a crash is passed over.
std::vector<LedgerRun> read_ledger(const std::filesystem::path& path);

/// The same of a ledger's text; `path` names it in errors.
std::vector<LedgerRun> parse_ledger(std::string_view content, const std::filesystem::path& path);

/// Of a ledger's text: whether there is nothing in it yet, or only a very first line that a crash has cut.
bool is_no_run(const std::string& content);

/// The ledgers that a run looks at, each read and parsed once, however many parts of the run ask for it. A
/// file that was written to since is read again, so what is given is always what the file holds.
class Ledgers {
 public:
  using Runs = std::shared_ptr<const std::vector<LedgerRun>>;

  /// As read_ledger().
  Runs read(const std::filesystem::path& path) { return read(path, false); }
  /// The same; nothing where there is no run in it yet: no file, one of which is_no_run() is true, a pipe or
  /// device.
  Runs find(const std::filesystem::path& path) { return read(path, true); }
  /// What stands after the last line end of the open file with these facts, where it was read and is as it
  /// was then.
  std::optional<std::string> unended_line(const struct stat& facts) const;

 private:
  using FileNumber = std::pair<dev_t, ino_t>;
  /// Is another one once a file was written to. Times are in nanoseconds.
  struct Stamp {
    std::int64_t size, modified, changed;
    bool operator==(const Stamp&) const = default;
  };
  struct Reading {
    Stamp stamp;
    Runs runs;
    std::string unended_line;
  };
  static Stamp stamp_of(const struct stat& facts);
  Runs read(const std::filesystem::path& path, bool may_hold_none);
  const Reading* reading_of(const struct stat& facts) const;
  std::map<FileNumber, Reading> readings_;
};

/// What a run relies on is nobody else's to write: Failure(cannot_write) where the file is another user's,
/// others may write it, or another's link leads there. Nothing where there is no file.
void require_own_ledger(const std::filesystem::path& path);

/// Appends; what is to outlive a crash before the run goes on takes a sync(). Failure(cannot_write) where
/// that cannot be done: the run must not go on then. One writer at a time.
class LedgerWriter {
 public:
  /// Makes the file with its folder, or continues one; Failure(bad_data) where the file is there and is no
  /// ledger, Failure(incomplete) where another run writes to it, Failure(cannot_write) where it is not the
  /// user's alone (require_own_ledger). What `ledgers` has read is not read again.
  explicit LedgerWriter(const std::filesystem::path& path, const Ledgers* ledgers = nullptr);
  ~LedgerWriter();
  LedgerWriter(const LedgerWriter&) = delete;
  LedgerWriter& operator=(const LedgerWriter&) = delete;

  const std::filesystem::path& path() const { return path_; }

  void run(const LedgerHeader& header);
  /// May be in the file only with the next record of another kind, or with sync(); so may arrived().
  void webhook(const LedgerEntry& entry);
  void intent(const std::vector<std::size_t>& webhooks);
  void accepted(const std::vector<std::size_t>& webhooks,
                const std::vector<std::optional<std::int64_t>>& ids);
  void not_applied(const std::vector<std::size_t>& webhooks, const std::string& reason);
  void arrived(std::size_t n, std::int64_t id, const std::string& content, std::string_view evidence);
  void unclear(std::size_t n, const std::vector<std::int64_t>& ids);
  void removed(std::size_t n);
  void company(const std::string& company);
  void undone(std::size_t run, std::size_t n, std::int64_t id);
  void end(bool settled, int exit);
  /// Of a run that was killed: what it left open is known now.
  void close() { end(true, 1); }
  /// Everything so far is on disk.
  void sync();

 private:
  void cut_what_a_crash_left(std::size_t size, const std::string& unended_line);
  void append(const std::string& line);
  void append_with_the_next(const std::string& line);
  void write_out();
  std::filesystem::path path_;
  Descriptor file_{-1};
  std::string waiting_;  ///< lines of records that come by the thousand, each alone nothing to go by
};

/// `$XDG_STATE_HOME/hookferry`, else `~/.local/state/hookferry`. Failure(configuration) where neither is set.
std::filesystem::path state_directory();
/// Without one nothing is remembered, and nothing can be written to an account.
bool has_state_directory();
/// What to try where it cannot be written.
inline constexpr std::string_view check_the_state_folder =
    "check the folder and its space, or set XDG_STATE_HOME to one that can be written";

/// A name of its own in the state directory for a run that begins now.
std::filesystem::path new_ledger_path(const std::string& source, const std::string& destination);

// The runs that are recorded on this machine.

struct RecordedLedger {
  std::filesystem::path path;
  Ledgers::Runs runs;
};

/// The ledgers of the state directory, and those elsewhere that were the last of their destination, ordered
/// by path. Left out are those that were not touched since `since` (milliseconds since 1970). `damaged` is
/// told of each that cannot be read, in a line that is safe to print.
std::vector<RecordedLedger> recorded_ledgers(Ledgers& ledgers,
                                             const std::function<void(const std::string&)>& damaged,
                                             std::int64_t since = 0);

/// Whether a run of migrate, import, mirror or apply wrote or deleted anything, or may have.
bool wrote_anything(const LedgerRun& run);

/// The ledger with the newest run that wrote anything; nothing where there is none.
std::optional<std::filesystem::path> last_ledger_written(const std::vector<RecordedLedger>& ledgers);

/// Whether a process writes to it now.
bool is_written_to(const std::filesystem::path& ledger);

}  // namespace hookferry::ledger
