#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>

#include <algorithm>
#include <fstream>
#include <set>
#include <sstream>

#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "ledger/destination.hpp"
#include "ledger/ledger_file.hpp"

namespace hookferry::ledger {
namespace {

using json::Kind;
using State = LedgerEntry::State;

std::int64_t integer(const json::Value& line, std::string_view name, std::int64_t otherwise = 0) {
  const auto value = line.find(name);
  return value && value->integer() ? *value->integer() : otherwise;
}

std::string text(const json::Value& line, std::string_view name) {
  const auto value = line.find(name);
  return value ? value->string() : std::string();
}

std::optional<std::int64_t> maybe_integer(const json::Value& line, std::string_view name) {
  const auto value = line.find(name);
  return value ? value->integer() : std::nullopt;
}

/// Reads event after event into the runs so far.
class Reader {
 public:
  explicit Reader(std::string name) : name_(std::move(name)) {}
  std::vector<LedgerRun> runs;

  void at_line(std::size_t number) { number_ = number; }

  void read(const json::Value& line) {
    const auto event = text(line, "event");
    if (event == "run") return read_run(line);
    if (runs.empty()) fail("it does not begin with a run");
    auto& run = runs.back();
    run.last_activity = std::max(run.last_activity, integer(line, "at"));
    if (event == "webhook") {
      read_webhook_line(line, run);
    } else if (event == "intent") {
      for (auto* entry : entries(line, run)) entry->state = State::intended;
    } else if (event == "not_applied") {
      for (auto* entry : entries(line, run)) entry->state = State::not_applied;
    } else if (event == "accepted") {
      read_accepted(line, run);
    } else if (event == "arrived") {
      auto& entry = entry_at(run, integer(line, "n", -1));
      entry.state = State::arrived;
      entry.destination_id = integer(line, "id");
      entry.stored = text(line, "content");
      entry.changed = text(line, "evidence") == "changed";
    } else if (event == "unclear") {
      auto& entry = entry_at(run, integer(line, "n", -1));
      entry.state = State::unclear;
      if (const auto ids = line.find("ids"))
        for (const auto& id : ids->elements()) entry.candidates.push_back(id.integer().value_or(0));
    } else if (event == "removed") {
      entry_at(run, integer(line, "n", -1)).state = State::removed;
    } else if (event == "company") {
      run.header.company = text(line, "company");
    } else if (event == "undone") {
      const auto which = integer(line, "run", -1);
      if (which < 0 || which >= static_cast<std::int64_t>(runs.size()))
        fail("it names a run that it does not hold");
      auto& entry = entry_at(runs[static_cast<std::size_t>(which)], integer(line, "n", -1));
      entry.state = State::undone;
      if (entry.action == Action::remove) entry.recreated = maybe_integer(line, "id");
    } else if (event == "end") {
      const auto settled = line.find("settled");
      run.ended = true;
      run.settled = settled && settled->text() == "true";
      run.exit = static_cast<int>(integer(line, "exit", -1));
    } else {
      fail("unknown event \"" + printable_excerpt(event, 40) + "\"");
    }
  }

  [[noreturn]] void fail(const std::string& why) const {
    throw Failure(Cause::bad_data,
                  printable(name_) + " is no ledger: line " + std::to_string(number_) + ": " + why,
                  "name a ledger that migrate or import has written");
  }

 private:
  void read_run(const json::Value& line) {
    const auto its_version = integer(line, "ledger");
    if (its_version > ledger_version) {
      throw Failure(Cause::bad_data,
                    printable(name_) + " is a ledger of version " + std::to_string(its_version) +
                        "; this hookferry knows versions up to " + std::to_string(ledger_version),
                    "use the newer hookferry that wrote it");
    }
    if (its_version < 1) fail("no version");
    LedgerRun run;
    run.header = {text(line, "command"), text(line, "source"),  text(line, "destination"), text(line, "url"),
                  text(line, "account"), text(line, "company"), integer(line, "settle"),   {}};
    if (const auto present = line.find("present"))
      for (const auto& id : present->elements())
        if (id.integer()) run.header.present.push_back(*id.integer());
    run.header.plan = text(line, "plan");
    if (its_version < 2) run.header.account.clear();  // told apart by other means then
    run.began = integer(line, "at");
    run.last_activity = run.began;
    runs.push_back(std::move(run));
  }

  void read_webhook_line(const json::Value& line, LedgerRun& run) const {
    if (integer(line, "n", -1) != static_cast<std::int64_t>(run.entries.size()))
      fail("webhooks are out of order");
    LedgerEntry entry;
    entry.n = run.entries.size();
    entry.source_id = maybe_integer(line, "source_id");
    entry.identity = {text(line, "alias"), integer(line, "type")};
    entry.action = read_action(line);
    entry.destination_id = maybe_integer(line, "destination_id");
    entry.content = text(line, "content");
    if (const auto before = line.find("before")) entry.before = std::string(before->text());
    run.entries.push_back(std::move(entry));
  }

  Action read_action(const json::Value& line) const {
    const auto name = text(line, "action");
    for (const auto action : {Action::create, Action::update, Action::unchanged, Action::conflict,
                              Action::invalid, Action::remove})
      if (name == name_of(action)) return action;
    fail("unknown action \"" + printable_excerpt(name, 40) + "\"");
  }

  void read_accepted(const json::Value& line, LedgerRun& run) const {
    const auto modified_after_creation = entries(line, run);
    const auto ids = line.find("ids");
    const auto values = ids ? ids->elements() : std::vector<json::Value>();
    for (std::size_t i = 0; i < modified_after_creation.size(); ++i) {
      modified_after_creation[i]->state = State::accepted;
      if (i < values.size() && values[i].integer())
        modified_after_creation[i]->destination_id = values[i].integer();
    }
  }

  LedgerEntry& entry_at(LedgerRun& run, std::int64_t n) const {
    if (n < 0 || n >= static_cast<std::int64_t>(run.entries.size()))
      fail("it names a webhook that it does not hold");
    return run.entries[static_cast<std::size_t>(n)];
  }

  std::vector<LedgerEntry*> entries(const json::Value& line, LedgerRun& run) const {
    std::vector<LedgerEntry*> out;
    const auto webhooks = line.find("webhooks");
    if (!webhooks) fail("it names no webhooks");
    for (const auto& n : webhooks->elements()) out.push_back(&entry_at(run, n.integer().value_or(-1)));
    return out;
  }

  std::string name_;
  std::size_t number_ = 0;
};

}  // namespace

bool LedgerRun::is_undo() const { return header.command == "undo"; }

bool LedgerRun::begun() const {
  return is_undo() || std::any_of(entries.begin(), entries.end(),
                                  [](const LedgerEntry& entry) { return entry.state != State::planned; });
}

bool is_no_run(const std::string& content) {
  constexpr std::string_view first_line = "{\"event\":\"run\"";
  return content.find('\n') == std::string::npos && !json::Document::try_parse(content) &&
         (content.starts_with(first_line) || first_line.starts_with(content));
}

void require_own_ledger(const std::filesystem::path& path) {
  std::error_code ignored;
  if (std::filesystem::exists(path, ignored))
    open_private(path.string(), O_RDONLY, "the ledger", Cause::cannot_write);
}

std::vector<LedgerRun> read_ledger(const std::filesystem::path& path) {
  return parse_ledger(read_file(path.string(), "the ledger"), path);
}

std::vector<LedgerRun> parse_ledger(std::string_view content, const std::filesystem::path& path) {
  const auto lines = split(content, '\n');
  Reader reader(path.string());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (lines[i].empty()) continue;
    const auto document = json::Document::try_parse(std::string(lines[i]));
    if (!document && i > 0 && i + 1 == lines.size()) continue;  // cut by a crash
    reader.at_line(i + 1);
    if (!document || !document->root().is(Kind::object)) reader.fail("it holds no JSON object");
    reader.read(document->root());
  }
  if (reader.runs.empty())
    throw Failure(Cause::bad_data, printable(path.string()) + " is no ledger: it is empty",
                  "name a ledger that migrate or import has written");
  return reader.runs;
}

Ledgers::Stamp Ledgers::stamp_of(const struct stat& facts) {
  const auto nanoseconds = [](const timespec& time) {
    return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
  };
  return {facts.st_size, nanoseconds(facts.st_mtim), nanoseconds(facts.st_ctim)};
}

const Ledgers::Reading* Ledgers::reading_of(const struct stat& facts) const {
  const auto found = readings_.find({facts.st_dev, facts.st_ino});
  return found != readings_.end() && found->second.stamp == stamp_of(facts) ? &found->second : nullptr;
}

Ledgers::Runs Ledgers::read(const std::filesystem::path& path, bool may_hold_none) {
  struct stat facts {};
  const bool is_file = ::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode);
  if (!is_file && may_hold_none) return nullptr;
  if (!is_file) return std::make_shared<const std::vector<LedgerRun>>(read_ledger(path));
  if (const auto* reading = reading_of(facts)) return reading->runs;
  // The facts are those from before: whoever writes to it from here on makes them others.
  const auto content = read_file(path.string(), "the ledger");
  if (may_hold_none && is_no_run(content)) return nullptr;
  auto runs = std::make_shared<const std::vector<LedgerRun>>(parse_ledger(content, path));
  readings_.insert_or_assign({facts.st_dev, facts.st_ino},
                             Reading{stamp_of(facts), runs, content.substr(content.rfind('\n') + 1)});
  return runs;
}

std::optional<std::string> Ledgers::unended_line(const struct stat& facts) const {
  const auto* reading = reading_of(facts);
  return reading != nullptr ? std::optional(reading->unended_line) : std::nullopt;
}

namespace {

namespace fs = std::filesystem;

std::int64_t last_touched(const fs::path& path) {
  struct stat facts {};
  if (::stat(path.c_str(), &facts) != 0) return 0;
  return static_cast<std::int64_t>(facts.st_mtim.tv_sec) * 1000 + facts.st_mtim.tv_nsec / 1'000'000;
}

std::set<fs::path> ledger_paths() {
  std::set<fs::path> out;
  if (!has_state_directory()) return out;
  std::error_code failed;
  fs::path folder;
  try {
    folder = state_directory();
  } catch (const Failure&) {
    return out;  // where nothing can be kept, nothing was
  }
  for (const auto& entry : fs::directory_iterator(folder, failed))
    if (entry.path().extension() == ".jsonl") out.insert(fs::weakly_canonical(entry.path(), failed));
  for (const auto& path : remembered_ledgers()) out.insert(fs::weakly_canonical(path, failed));
  return out;
}

}  // namespace

std::vector<RecordedLedger> recorded_ledgers(Ledgers& ledgers,
                                             const std::function<void(const std::string&)>& damaged,
                                             std::int64_t since) {
  constexpr std::int64_t coarse = 2'000;  // some file systems keep times in steps of two seconds
  std::vector<RecordedLedger> out;
  for (const auto& path : ledger_paths()) {
    if (since > 0 && last_touched(path) + coarse < since) continue;
    try {
      if (auto runs = ledgers.find(path)) out.push_back({path, std::move(runs)});
    } catch (const Failure& failure) {
      damaged(failure.what());
    }
  }
  return out;
}

bool wrote_anything(const LedgerRun& run) {
  return !run.is_undo() && std::any_of(run.entries.begin(), run.entries.end(), [](const LedgerEntry& entry) {
    return entry.state != State::planned && entry.state != State::not_applied;
  });
}

std::optional<fs::path> last_ledger_written(const std::vector<RecordedLedger>& ledgers) {
  std::optional<fs::path> out;
  std::int64_t newest = 0;
  for (const auto& ledger : ledgers) {
    for (const auto& run : *ledger.runs) {
      if (!wrote_anything(run) || run.began < newest) continue;
      newest = run.began;
      out = ledger.path;
    }
  }
  return out;
}

namespace {

/// Of the file system that an open file is on, as the kernel's lists of locks and mounts give it. Where a
/// file system is made of several (btrfs, overlayfs), stat(2) may tell another one.
dev_t device_of(int fd, dev_t told_by_stat) {
  std::ifstream facts("/proc/self/fdinfo/" + std::to_string(fd));
  std::string mount_of_file;
  for (std::string name; facts >> name;)
    if (name == "mnt_id:") facts >> mount_of_file;
  std::ifstream mounts("/proc/self/mountinfo");
  for (std::string line; std::getline(mounts, line);) {
    std::istringstream words(line);
    std::string mount, parent;
    unsigned major = 0, minor = 0;
    char colon = 0;
    if (words >> mount >> parent >> major >> colon >> minor && mount == mount_of_file)
      return ::makedev(major, minor);
  }
  return told_by_stat;
}

}  // namespace

/// Asking for the lock would keep it from a run that begins just then.
bool is_written_to(const fs::path& ledger) {
  const Descriptor file(::open(ledger.c_str(), O_PATH | O_CLOEXEC));
  struct stat facts {};
  if (file.get() < 0 || ::fstat(file.get(), &facts) != 0) return false;
  const auto device = device_of(file.get(), facts.st_dev);
  // "1: FLOCK  ADVISORY  WRITE 20356 fe:00:10952945 0 EOF": the device in hexadecimal digits, the inode not.
  std::ifstream locks("/proc/locks");
  for (std::string line; std::getline(locks, line);) {
    std::istringstream words(line);
    std::string number, kind, mode, access, process;
    unsigned major = 0, minor = 0;
    std::uint64_t inode = 0;
    char colon = 0;
    words >> number >> kind >> mode >> access >> process;
    words >> std::hex >> major >> colon >> minor >> colon >> std::dec >> inode;
    if (words && kind == "FLOCK" && ::makedev(major, minor) == device && inode == facts.st_ino) return true;
  }
  return false;
}

}  // namespace hookferry::ledger
