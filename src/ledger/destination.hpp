// An account as this machine knows it: its identity, the state that earlier runs left, and its locks.
#pragma once

#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/files.hpp"
#include "core/process.hpp"
#include "ledger/ledger.hpp"
#include "ledger/ledger_file.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::ledger {

// Which account it is, however it is spelled.

/// The digest of a key at that server.
std::string key_digest(std::string_view server, std::string_view key);

/// The company that the webhooks name; empty if none does.
std::string company_of(const std::vector<webhook::Webhook>& webhooks);
std::string company_of(const webhook::Webhook& webhook);

bool same_account(const AccountIdentity& a, const AccountIdentity& b);

/// Names for files about the account, without their endings: by its key, and by its company if that is known.
/// All names of one server begin with server_prefix().
std::vector<std::string> file_names(const AccountIdentity& account);
/// By server and key.
std::string file_name_by_key(const AccountIdentity& account);
/// By server and company, which must be known.
std::string file_name_by_company(const AccountIdentity& account);
std::string server_prefix(const AccountIdentity& account);

// The stored state of a destination: what the runs of this machine know of it.

/// It is stored in `$XDG_STATE_HOME/hookferry/destinations/`, in a JSON file for each name of the account
/// (see file_names() above):
///   {"at":1700000000000,"number":12,"company":"67890","ledger":"/path",
///    "waited":["/path 2"],"ledgers":[{"ledger":"/path","works":["migrate <name of the source>"]}],
///    "alterations":[{"sent":"<sha256>","id":7,"stored":"<sha256>"}],
///    "unclear":[{"sent":"<sha256>","perhaps":[7,8]}],
///    "copies":[{"id":9,"alias":"ops","type":0}],"accepted":[10],
///    "sources":[{"source":"<name>","webhooks":14}],
///    "plans":[{"plan":"<digest>","at":1700000000000}]}
struct DestinationState {
  struct KnownLedger {
    std::filesystem::path path;
    /// Of its runs: the command, and a name of the source.
    std::set<std::string> works{};
  };
  std::int64_t at = 0;  ///< ms since 1970; later than in any state that this one replaces
  std::string company;
  /// The ledger of the last run, whose doubts the next run settles; nothing if the file is gone.
  std::optional<std::filesystem::path> ledger;
  std::vector<KnownAlteration> alterations;
  std::vector<KnownAmbiguous> ambiguous;
  /// How many webhooks each source had when it was last mirrored here.
  std::map<std::string, std::size_t> sources{};
  std::vector<KnownCopy> copies{};
  std::set<std::int64_t> accepted{};  ///< ids of copies that the user accepts
  /// Open ledgers of accounts that may be this one, "PATH RUNS", which a run here has waited for.
  std::set<std::string> waited{};
  /// All ledgers of runs here, the last 200; that of the last run is the last one.
  std::vector<KnownLedger> ledgers{};
  /// The approved plans that runs here began to carry out, by digest, with the time of the last run (ms).
  std::map<std::string, std::int64_t> plans = {};
  std::int64_t number = 0;  ///< of the last run; of two states, that with the higher number is the newer one

  /// A run begins in that ledger.
  void use(const std::filesystem::path& path, const std::vector<std::string>& works);
};

/// The newest state under any of the account's names; an empty one if there was no run yet. Failure(bad_data)
/// if a file is damaged.
DestinationState load_destination_state(const AccountIdentity& account);

/// Replaces the state under each of the account's names. Failure(cannot_write).
void save_destination_state(const AccountIdentity& account, DestinationState state);

/// The ledgers of last runs at the same server whose account may be this one under another key, because the
/// company of one of the two was not known.
std::vector<std::filesystem::path> ledgers_of_perhaps_the_same(const AccountIdentity& account);

/// The ledgers of all destinations, without those whose file is gone. Damaged states are left out.
std::vector<std::filesystem::path> remembered_ledgers();

/// Whether no state is stored under any of the account's names.
bool never_seen(const AccountIdentity& account);

/// `$XDG_STATE_HOME/hookferry/destinations`
std::filesystem::path destinations_directory();

// Locks among the threads of one process. The system's locks would refuse the second thread as they refuse
// another process; here it waits.

class InProcessLocks {
 public:
  explicit InProcessLocks(const Interrupts& interrupts) : interrupts_(interrupts) {}

  /// Released when the object goes. InProcessLocks must outlive it.
  struct Lock {
    std::shared_ptr<const bool> holders;
    bool waited = false;  ///< another holder had it first
  };

  /// Waits until no other thread holds that name, or only threads that share it. A thread that takes several
  /// names takes them in the order that all use, or threads wait for each other for ever.
  /// Failure(interrupted) if a signal comes first.
  Lock take(const std::string& name, bool shared);

 private:
  const Interrupts& interrupts_;
  std::mutex mutex_;
  std::condition_variable released_;
  /// Who holds a name owns such a value together with those that share it. The value says whether they do.
  std::map<std::string, std::weak_ptr<const bool>> held_;
};

// One run at a time: for each destination, and for each ledger, on one machine.

/// Held as long as the object lives; released by the system when the process is gone, however it ends.
class FileLock {
 public:
  enum class Kind { exclusive, shared, brief };
  /// Makes the file if it does not exist. A brief lock is waited for. Waits if another run of this process
  /// holds it and both use `in_process`. Failure(incomplete) with `busy` and the holder if another process
  /// holds it, Failure(cannot_write) if the file cannot be opened.
  FileLock(const std::filesystem::path& path, Kind kind, const std::string& busy,
           InProcessLocks* in_process = nullptr);
  bool waited() const { return in_process_.waited; }

 private:
  InProcessLocks::Lock in_process_;
  Descriptor file_{-1};
};

}  // namespace hookferry::ledger
