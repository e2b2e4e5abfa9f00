// The files that ledgers are: read, written, and found on this machine. ledger.hpp has their format.
#pragma once

#include <sys/stat.h>

#include <array>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/files.hpp"
#include "ledger/ledger.hpp"

namespace hookferry::ledger {

/// Failure(no_input) if there is no such file, (bad_data) if it is no ledger or of a newer version. A line
/// that a crash or a full disk has broken is passed over at the end of the file, or where a new run follows
/// it.
std::vector<LedgerRun> read_ledger(const std::filesystem::path& path);

/// The same of a ledger's text; `path` names it in errors.
std::vector<LedgerRun> parse_ledger(std::string_view content, const std::filesystem::path& path);

/// Whether the text of a ledger is empty, or only a very first line that was cut off by a crash.
bool is_no_run(const std::string& content);

/// The ledgers that a run looks at, each read and parsed once, however many parts of the run ask for it. A
/// file that was written to since is read again, so what is given is always what the file holds.
class Ledgers {
 public:
  using Runs = std::shared_ptr<const std::vector<LedgerRun>>;

  /// As read_ledger().
  Runs read(const std::filesystem::path& path) { return read(path, false); }
  /// The same; nothing if there is no run in it yet: no file, a text that is_no_run(), a pipe or device.
  Runs find(const std::filesystem::path& path) { return read(path, true); }
  /// See broken_end() below, of the open file with these facts; nothing unless the file was read here and is
  /// still the same.
  std::optional<std::string> broken_end_of(const struct stat& facts) const;

 private:
  /// The file's device and number, its size, and its times in nanoseconds. It changes when the file is
  /// written to.
  using FileVersion = std::array<std::int64_t, 5>;
  struct Reading {
    Runs runs;
    std::string broken_end;
  };
  static FileVersion version_of(const struct stat& facts);
  Runs read(const std::filesystem::path& path, bool may_hold_none);
  std::map<FileVersion, Reading> readings_;
};

/// A run relies on its ledger, so no one else may write to it: Failure(cannot_write) if the file is another
/// user's, if it is writable by other users, or if another user's link leads to it. It need not exist.
void require_own_ledger(const std::filesystem::path& path);

/// The last line of a ledger's text, if it is no JSON or has no line end; else empty.
std::string broken_end(std::string_view content);

/// Appends. A record that must outlive a crash takes a sync() before the run goes on. After a
/// Failure(cannot_write) the run must not go on: the file ends with its last whole line, and all that is to
/// be written later fails, too. There is one writer at a time.
class LedgerWriter {
 public:
  /// Makes the file with its folder, or continues one. Failure(bad_data) if the file exists and is no ledger,
  /// Failure(incomplete) if another run writes to it, Failure(cannot_write) if it is not the user's alone
  /// (see require_own_ledger()). A file that `ledgers` has read is not read again.
  explicit LedgerWriter(const std::filesystem::path& path, const Ledgers* ledgers = nullptr);
  ~LedgerWriter();
  LedgerWriter(const LedgerWriter&) = delete;
  LedgerWriter& operator=(const LedgerWriter&) = delete;

  const std::filesystem::path& path() const { return path_; }

  /// `number`: see next_run_number().
  void run(const LedgerHeader& header, std::int64_t number = 0);
  /// Like arrived(), it may get into the file only with the next record of another kind, or with sync().
  void webhook(const LedgerEntry& entry);
  void intent(const std::vector<std::size_t>& webhooks);
  void accepted(const std::vector<std::size_t>& webhooks, const std::vector<webhook::GivenId>& ids);
  void not_applied(const std::vector<std::size_t>& webhooks, const std::string& reason);
  void arrived(std::size_t n, const webhook::GivenId& id, const std::string& content,
               std::string_view evidence);
  void ambiguous(std::size_t n, const std::vector<std::int64_t>& ids);
  void removed(std::size_t n);
  void copy(const KnownCopy& copy);
  void company(const std::string& company);
  void undone(std::size_t run, std::size_t n, std::int64_t id);
  void end(bool settled, int exit);
  /// Everything so far is on disk.
  void sync();

 private:
  /// `can_wait`: the line may get into the file with a later one.
  void append(const std::string& line, bool can_wait = false);
  void write_out();
  std::filesystem::path path_;
  [[noreturn]] void fail(int error);
  Descriptor file_{-1};
  std::optional<off_t> size_;  ///< of a regular file, up to the end of the last whole line
  int failed_with_ = 0;        ///< the error of the first write that failed
  std::string waiting_;  ///< lines of the records that come by the thousand, before they are written together
};

/// `$XDG_STATE_HOME/hookferry`, else `~/.local/state/hookferry`; nothing if neither is set. There is no
/// stored state then, and nothing can be written to an account.
std::optional<std::filesystem::path> find_state_directory();
/// The same. Failure(configuration) if neither is set.
std::filesystem::path state_directory();
/// A hint for failures to write there.
inline constexpr std::string_view check_the_state_folder =
    "check the folder and its space, or set XDG_STATE_HOME to one that can be written";

/// A new name in the state directory for a run that begins now.
std::filesystem::path new_ledger_path(const std::string& source, const std::string& destination);

// The order of runs, and how long ago one was. The wall clock decides neither, because it may be set.

/// For a run that begins now: one more than the last run of this machine, in any process. The file
/// `run-number` of the state directory holds the last one. Failure(cannot_write).
std::int64_t next_run_number(Ledgers& ledgers);
inline constexpr std::int64_t highest_run_number = 1'000'000'000'000'000;

/// The kernel's id of this start of the machine; empty if it is unknown.
const std::string& boot_id();
/// Milliseconds since this machine started, sleep included.
std::int64_t uptime_ms();

// The runs that are recorded on this machine.

struct RecordedLedger {
  std::filesystem::path path;
  Ledgers::Runs runs;
};

/// The ledgers of the state directory, and those elsewhere that it knows of, ordered by path. `damaged` gets
/// a line that is safe to print for each that cannot be read.
std::vector<RecordedLedger> recorded_ledgers(Ledgers& ledgers,
                                             const std::function<void(const std::string&)>& damaged);

/// The ledger with the newest run, other than an undo, that wrote or deleted anything, or may have.
std::optional<std::filesystem::path> last_ledger_written(const std::vector<RecordedLedger>& ledgers);

/// Whether a process writes to it now.
bool is_written_to(const std::filesystem::path& ledger);

}  // namespace hookferry::ledger
