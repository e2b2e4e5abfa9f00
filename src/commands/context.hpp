// What every command has at hand.
#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <future>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include <boost/json/object.hpp>

#include "accounts/configuration.hpp"
#include "accounts/keys.hpp"
#include "accounts/places.hpp"
#include "cli/console.hpp"
#include "cli/options.hpp"
#include "core/crypto.hpp"
#include "core/failure.hpp"
#include "core/process.hpp"
#include "ledger/destination.hpp"
#include "ledger/ledger_file.hpp"
#include "net/client.hpp"
#include "plan/plan.hpp"
#include "region/table.hpp"
#include "report/report.hpp"
#include "transform/transformer.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::commands {

// What can be tried after a failure, in the words of the command line.

/// The failure's hint and its remedy; empty where it has neither.
std::string what_to_try(const Failure& failure);
std::string line_of(const Failure& failure);

inline std::chrono::milliseconds duration_since(std::chrono::steady_clock::time_point began) {
  return std::chrono::duration_cast<std::chrono::milliseconds>(std::chrono::steady_clock::now() - began);
}

/// Sources that several runs share: each is read by the first that wants it, the others wait for that.
class SourceCache {
 public:
  using Read = std::function<std::vector<webhook::Webhook>()>;
  /// What `read` gives, or throws, for all that ask for that name. From any thread.
  std::vector<webhook::Webhook> get(const std::string& name, const Read& read);

 private:
  std::mutex mutex_;
  std::map<std::string, std::shared_future<std::vector<webhook::Webhook>>> readings_;
};

// What is there once in a process, however many accounts it moves webhooks between.

/// A key that was read before the threads of a fleet began, for it may come from a question or a command.
struct PreloadedKey {
  Secret key;
  /// What reading it warned of. It was printed once, but counts for every run that uses the key (--strict).
  std::vector<std::string> warnings;
};

struct Common {
  Common(Interrupts& signals, cli::Console& streams)
      : interrupts(signals), console(streams), turns(signals) {}

  /// The failure for a document and for reports; what may be a key is masked.
  report::ErrorText error_text(const Failure& failure) const {
    return {failure.cause, console.without_keys(failure.what()), console.without_keys(what_to_try(failure))};
  }

  Interrupts& interrupts;
  cli::Console& console;
  cli::Progress progress{&console}, no_progress{nullptr};
  accounts::Config config;
  region::RegionTable regions;
  accounts::StandardInputKey standard_input_key;
  std::shared_ptr<net::RateLimiter> rate_limiter;  ///< nothing: as fast as may be
  std::shared_ptr<net::SharedTls> tls = std::make_shared<net::SharedTls>();
  ledger::InProcessLocks turns;
  std::map<std::string, std::variant<PreloadedKey, Failure>> keys;  ///< preloaded ones, or why there is none
  std::string fleet;                                                ///< see LedgerHeader
  std::shared_ptr<SourceCache> sources;                             ///< nothing: every run reads its own
  std::string command_line;   ///< with what may be a key or a secret masked; safe to print
  bool wants_json = false;    ///< --format json: one document on standard output, whatever happens
  boost::json::object known;  ///< what the document of a failure says, beside the error
};

/// The result of a pair of a fleet, which prints it with those of the others.
struct Captured {
  std::string text;
  std::optional<boost::json::object> report;  ///< with --format json
  boost::json::object known;                  ///< see Common
};

struct Context {
  explicit Context(Common& of_process)
      : common(of_process),
        interrupts(of_process.interrupts),
        config(of_process.config),
        regions(of_process.regions) {}

  Common& common;
  Interrupts& interrupts;
  std::unique_ptr<net::Executor> executor;  ///< made with the first client; one for each thread
  std::string command;
  std::vector<std::string> arguments;
  cli::Settings settings;  ///< what `options` were made from
  cli::Options options;
  const accounts::Config& config;
  const region::RegionTable& regions;
  ledger::Ledgers ledgers;
  transform::Overlay overlay;  ///< of --overlay, where the command takes it
  /// Of one among several: stands before each line on standard error.
  std::string label;
  /// Where the result goes instead of standard output, for a pair of a fleet.
  Captured* captured = nullptr;
  mutable std::vector<std::string> warnings;  ///< told so far
  /// What --metrics tells of the run; of a fleet that of each pair.
  std::vector<report::PairResult> results = {{}};

  bool wants_json() const { return options.format == cli::Format::json; }
  /// Whether the option stands on the command line: that goes before an account's section.
  bool is_given(std::string_view option) const;
  /// How keys are read in this run: what is told of it goes to standard error.
  accounts::KeyReading key_reading();
  /// To standard error, always.
  void tell_all(const std::string& text) const;
  /// To standard error unless -q: what is worth knowing.
  void note(const std::string& text) const;
  /// The same of what is not right; counted for --strict. `text` is safe to print.
  void warn(const std::string& text) const;
  /// The same, with -q too.
  void warn_always(const std::string& text) const;
  /// To standard error from -v (1) or -vv (2) on.
  void tell(int level, const std::string& text) const;
  /// The command's result, to standard output.
  void put(const std::string& text) const;
  /// With --format json: what the document says beside the error if the command fails later.
  void set_known(const boost::json::object& members) const;
  /// The same in words: not with -q.
  void show(const std::string& text) const;
  /// What is under way, see Progress; it shows nothing with -q, and for one among several.
  cli::Progress& progress() const;
  bool color() const;

  /// A client set up for that account: its certificates, its limits. From the first one on a signal asks for
  /// an end instead of ending the process.
  std::unique_ptr<net::Client> make_client(const accounts::AccountPlace& place);
};

/// The whole program behind main(): arguments without the program's name in, exit code out.
int run(const std::vector<std::string>& arguments);

// One function a command; each stands in the file of its name, or of a command like it.
Exit run_list(Context& context);
Exit run_export(Context& context);
Exit run_terraform(Context& context);
Exit run_transform(Context& context);
Exit run_diff(Context& context);
Exit run_migrate(Context& context);  ///< mirror, too
Exit run_import(Context& context);
Exit run_apply(Context& context);
Exit run_show(Context& context);
Exit run_fleet(Context& context);
Exit run_undo(Context& context);
Exit run_runs(Context& context);
Exit run_ids(Context& context);
Exit run_rewire(Context& context);
Exit run_check(Context& context);
Exit run_test(Context& context);
Exit run_accounts(Context& context);
Exit run_regions(Context& context);
Exit run_sandbox_command(Context& context);
Exit run_completion(Context& context);
Exit run_help(Context& context);
Exit run_version(Context& context);

/// The script of "bash", "zsh" or "fish".
std::string_view completion_script(std::string_view shell);

/// The hidden command behind the scripts. Never fails: what cannot be found out is not offered.
std::string answer_completion(const std::vector<std::string>& words);

// Runs that are recorded on this machine.

/// The ledger with the last run that wrote anything, and those of its fleet. Failure(no_input) if none.
std::vector<std::filesystem::path> last_ledgers(Context& context);
/// The ledger at the path `name`, or with the run of that number, and those of the other pairs of its fleet.
std::vector<std::filesystem::path> ledgers_named(Context& context, const std::string& name);
/// What `ids` and `rewire` read: one ledger, of --last or of `name`.
std::vector<ledger::LedgerRun> one_ledger(Context& context, const std::string& name);

// Asking before anything is written, on the terminal, whatever standard output and standard error are.

/// The answer was not yes. This is no error and is reported as a plain line.
class Declined : public Failure {
 public:
  explicit Declined(const std::string& what) : Failure(Cause::incomplete, what) {}
};

/// What to do where a question cannot be asked.
inline constexpr std::string_view look_with_diff = "look at the plan with hookferry diff, then add --yes";

struct Question {
  std::vector<std::string> facts;  ///< lines above it: where it writes to, what is left out; safe to print
  std::string text;                ///< "Write 4 webhooks to standby?"
  std::size_t changes = 0;
  bool deletes = false;  ///< extras are deleted, as a mirror does
  std::string name;      ///< of the destination, as it was called; empty where there are several
  std::string_view unasked_hint = look_with_diff;
};

/// For more changes than these, and for deletions, a habitual yes is no consent: the destination is typed.
inline constexpr std::size_t most_agreed_to_with_yes = 100;

/// Failure(usage) with that hint if the command would have to ask and there is no terminal to ask on.
void require_consent(const Context& context, std::string_view hint = look_with_diff);

/// Failure(usage) if --on-conflict ask has no terminal to ask on.
void require_terminal(const Context& context);

/// Asks, unless --yes, and never before the terminal has shown `plan`. Throws Declined if the answer is not
/// yes, and Failure(interrupted) if a signal comes instead. Returns whether it asked.
bool confirm_or_throw(const Context& context, const std::string& plan, const Question& question);

// What is longer than the screen goes through a pager, as git does it.

/// To standard output. Through $PAGER (less, where it is not set) where that is a terminal and the text does
/// not fit on it; not with --no-pager, --yes, on a dumb terminal, or where the pager is "cat" or empty. Never
/// fails for want of a pager. Returns whether the text went through one.
bool show_paged(const Context& context, const std::string& text);

}  // namespace hookferry::commands
