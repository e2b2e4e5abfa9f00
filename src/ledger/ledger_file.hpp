// The files that ledgers are: read, written, and found on this machine. ledger.hpp has their format.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "ledger/ledger.hpp"

namespace hookferry::ledger {

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
  void truncate_torn_line(std::size_t size, const std::string& unended_line);
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

/// The ledger with the newest run that wrote anything; nothing where there is none.
std::optional<std::filesystem::path> last_ledger_written(const std::vector<RecordedLedger>& ledgers);

/// Whether a process writes to it now.
bool is_written_to(const std::filesystem::path& ledger);

}  // namespace hookferry::ledger
