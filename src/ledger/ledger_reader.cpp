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

namespace fs = std::filesystem;
using json::Kind;
using State = LedgerEntry::State;

std::string text(const json::Value& line, std::string_view name) {
  const auto value = line.find(name);
  return value ? value->string() : std::string();
}

std::optional<std::int64_t> maybe_integer(const json::Value& line, std::string_view name) {
  const auto value = line.find(name);
  return value ? value->integer() : std::nullopt;
}

std::int64_t integer(const json::Value& line, std::string_view name, std::int64_t otherwise = 0) {
  return maybe_integer(line, name).value_or(otherwise);
}

std::int64_t nanoseconds(const timespec& time) {
  return std::int64_t{time.tv_sec} * 1'000'000'000 + time.tv_nsec;
}

/// Reads event after event into the runs so far.
class Reader {
 public:
  explicit Reader(std::string name) : name_(std::move(name)) {}
  std::vector<LedgerRun> runs;
  std::size_t number = 0;  ///< of the line

  void read(const json::Value& line) {
    const auto event = text(line, "event");
    if (event == "run") return read_run(line);
    if (runs.empty()) fail("it does not begin with a run");
    auto& run = runs.back();
    note_time(line, run);
    const auto named_entry = [&]() -> LedgerEntry& { return entry_at(run, integer(line, "n", -1)); };
    if (event == "webhook") {
      read_webhook_line(line, run);
    } else if (event == "intent" || event == "not_applied") {
      const auto state = event == "intent" ? State::intended : State::not_applied;
      for (auto* entry : entries(line, run)) entry->state = state;
    } else if (event == "accepted") {
      const auto ids = line.find("ids");
      const auto values = ids ? ids->elements() : std::vector<json::Value>();
      const auto given = line.find("uuids");
      const auto uuids = given ? given->elements() : std::vector<json::Value>();
      std::size_t i = 0;
      for (auto* entry : entries(line, run)) {
        entry->state = State::accepted;
        if (i < values.size() && values[i].integer()) entry->destination_id = values[i].integer();
        if (i < uuids.size()) entry->destination_uuid = uuids[i].string();
        ++i;
      }
    } else if (event == "arrived") {
      auto& entry = named_entry();
      entry.state = State::arrived;
      entry.destination_id = integer(line, "id");
      if (auto uuid = text(line, "uuid"); !uuid.empty()) entry.destination_uuid = std::move(uuid);
      entry.stored = text(line, "content");
      entry.changed = text(line, "evidence") == "changed";
      if (text(line, "evidence") == "existed") entry.action = Action::unchanged;
    } else if (event == "unclear") {
      auto& entry = named_entry();
      entry.state = State::ambiguous;
      if (const auto ids = line.find("ids"))
        ids->each_element([&](const auto& id) { entry.candidates.push_back(id.integer().value_or(0)); });
    } else if (event == "copy") {
      run.copies.push_back({integer(line, "id"), {text(line, "alias"), integer(line, "type")}});
    } else if (event == "removed") {
      named_entry().state = State::removed;
    } else if (event == "company") {
      run.header.destination.identity.company = text(line, "company");
    } else if (event == "undone") {
      const auto which = integer(line, "run", -1);
      if (which < 0 || which >= std::ssize(runs)) fail("it names a run that it does not hold");
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
                  printable(name_) + " is not a ledger: line " + std::to_string(number) + ": " + why,
                  "name a ledger that migrate or import has written");
  }

 private:
  void note_time(const json::Value& line, LedgerRun& run) {
    if (!line.find("at")) return;
    run.last_at = integer(line, "at");
    if (line.find("boot")) boot_ = text(line, "boot");
    run.last_activity = boot_.empty() || boot_ != boot_id() ? std::nullopt : maybe_integer(line, "uptime");
  }

  void read_run(const json::Value& line) {
    const auto its_version = integer(line, "ledger");
    if (its_version > ledger_version) {
      throw Failure(Cause::bad_data,
                    printable(name_) + " is a ledger of version " + std::to_string(its_version) +
                        "; this hookferry knows versions up to " + std::to_string(ledger_version),
                    "use the newer hookferry that wrote it");
    }
    if (its_version < 1) fail("no version");
    const auto before = runs.empty() ? std::pair<std::int64_t, std::int64_t>() : runs.back().order;
    auto& run = runs.emplace_back();
    run.header.command = text(line, "command");
    run.header.source = text(line, "source");
    run.header.destination.name = text(line, "destination");
    run.header.destination.url = text(line, "url");
    run.header.destination.identity = {"", text(line, "account"), text(line, "company")};
    run.header.settle = integer(line, "settle");
    if (const auto present = line.find("present"))
      present->each_element([&](const auto& id) {
        if (const auto present_id = id.integer()) run.header.present.push_back(*present_id);
      });
    run.header.plan = text(line, "plan");
    run.header.server_time = maybe_integer(line, "server_time");
    run.header.fleet = text(line, "fleet");
    if (const auto names = line.find("sources"))
      names->each_element([&](const auto& name) { run.header.source_names.push_back(name.string()); });
    if (its_version < 2)
      run.header.destination.identity.key.clear();  // version 1 distinguished accounts in another way
    run.began = integer(line, "at");
    run.number = std::clamp<std::int64_t>(integer(line, "number"), 0, highest_run_number);
    run.order = std::max(before, {run.number, run.number > 0 ? 0 : run.began});
    boot_.clear();
    note_time(line, run);
  }

  void read_webhook_line(const json::Value& line, LedgerRun& run) const {
    if (integer(line, "n", -1) != std::ssize(run.entries)) fail("webhooks are out of order");
    LedgerEntry entry;
    entry.n = run.entries.size();
    entry.source_id = maybe_integer(line, "source_id");
    entry.identity = {text(line, "alias"), integer(line, "type")};
    const auto action = action_named(text(line, "action"));
    if (!action) fail("unknown action \"" + printable_excerpt(text(line, "action"), 40) + "\"");
    entry.action = *action;
    entry.destination_id = maybe_integer(line, "destination_id");
    entry.source_uuid = text(line, "source_uuid");
    entry.destination_uuid = text(line, "destination_uuid");
    entry.content = text(line, "content");
    if (const auto before = line.find("before")) entry.before = before->text();
    run.entries.push_back(std::move(entry));
  }

  LedgerEntry& entry_at(LedgerRun& run, std::int64_t n) const {
    if (n < 0 || n >= std::ssize(run.entries)) fail("it names a webhook that it does not hold");
    return run.entries[static_cast<std::size_t>(n)];
  }

  std::vector<LedgerEntry*> entries(const json::Value& line, LedgerRun& run) const {
    const auto webhooks = line.find("webhooks");
    if (!webhooks) fail("it names no webhooks");
    std::vector<LedgerEntry*> out;
    webhooks->each_element([&](const auto& n) { out.push_back(&entry_at(run, n.integer().value_or(-1))); });
    return out;
  }

  std::string name_;
  std::string boot_;  ///< of the machine's start that the last time in a line counts from
};

/// The device of the file system that an open file is on, as the kernel's lists of locks and mounts give it.
/// Where a file system is made of several (btrfs, overlayfs), stat(2) may name another one.
dev_t device_of(int fd, dev_t named_by_stat) {
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
  return named_by_stat;
}

}  // namespace

bool LedgerRun::begun() const {
  return is_undo() || std::ranges::any_of(
                          entries, [](State state) { return state != State::planned; }, &LedgerEntry::state);
}

webhook::Webhook webhook_before(const LedgerEntry& entry) {
  const auto document = json::Document::parse(entry.before);
  return webhook::read_webhook(document.root());
}

bool is_no_run(const std::string& content) {
  constexpr std::string_view first_line = "{\"event\":\"run\"";
  return content.find('\n') == std::string::npos && !json::Document::try_parse(content) &&
         (content.starts_with(first_line) || first_line.starts_with(content));
}

void require_own_ledger(const std::filesystem::path& path) {
  if (is_there(path)) open_private(path.string(), O_RDONLY, "the ledger", Cause::cannot_write);
}

std::vector<LedgerRun> read_ledger(const std::filesystem::path& path) {
  return parse_ledger(read_private(path.string(), "the ledger", data_limit, Cause::cannot_write), path);
}

std::vector<LedgerRun> parse_ledger(std::string_view content, const std::filesystem::path& path) {
  constexpr auto no_object = "it holds no JSON object";
  Reader reader(path.string());
  json::Document document;
  std::size_t broken = 0;  // the number of a broken line that only a new run may follow
  while (!content.empty()) {
    ++reader.number;
    const auto line = content.substr(0, content.find('\n'));
    content.remove_prefix(std::min(line.size() + 1, content.size()));
    if (line.empty()) continue;
    const bool is_json = document.try_reparse(line);
    const bool is_object = is_json && document.root().is(Kind::object);
    if (broken > 0 && (!is_object || text(document.root(), "event") != "run")) {
      reader.number = broken;
      reader.fail(no_object);
    }
    broken = is_json || reader.runs.empty() ? 0 : reader.number;
    if (broken > 0) continue;
    if (!is_object) reader.fail(no_object);
    reader.read(document.root());
  }
  if (reader.runs.empty())
    throw Failure(Cause::bad_data, printable(path.string()) + " is not a ledger: it is empty",
                  "name a ledger that migrate or import has written");
  return std::move(reader.runs);
}

std::string broken_end(std::string_view content) {
  const bool ended = content.ends_with('\n');
  const auto line = content.substr(content.substr(0, content.size() - (ended ? 1 : 0)).rfind('\n') + 1);
  const bool whole = ended && (line == "\n" || json::Document::try_parse(std::string(line)));
  return whole ? std::string() : std::string(line);
}

Ledgers::FileVersion Ledgers::version_of(const struct stat& facts) {
  const auto device = static_cast<std::int64_t>(facts.st_dev);
  const auto number = static_cast<std::int64_t>(facts.st_ino);
  return {device, number, facts.st_size, nanoseconds(facts.st_mtim), nanoseconds(facts.st_ctim)};
}

Ledgers::Runs Ledgers::read(const std::filesystem::path& path, bool may_hold_none) {
  struct stat facts {};
  const bool is_file = ::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode);
  if (!is_file && may_hold_none) return nullptr;
  if (!is_file) return std::make_shared<const std::vector<LedgerRun>>(read_ledger(path));
  // The version is from before the file is read, so a later write is noticed by it.
  const auto version = version_of(facts);
  if (const auto known = readings_.find(version); known != readings_.end()) return known->second.runs;
  const auto content = read_private(path.string(), "the ledger", data_limit, Cause::cannot_write);
  if (may_hold_none && is_no_run(content)) return nullptr;
  auto runs = std::make_shared<const std::vector<LedgerRun>>(parse_ledger(content, path));
  readings_.emplace(version, Reading{runs, broken_end(content)});
  return runs;
}

std::optional<std::string> Ledgers::broken_end_of(const struct stat& facts) const {
  const auto known = readings_.find(version_of(facts));
  return known != readings_.end() ? std::optional(known->second.broken_end) : std::nullopt;
}

std::vector<RecordedLedger> recorded_ledgers(Ledgers& ledgers,
                                             const std::function<void(const std::string&)>& damaged) {
  std::vector<RecordedLedger> out;
  if (!find_state_directory()) return out;
  std::set<fs::path> paths;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(state_directory(), failed))
    if (entry.path().extension() == ".jsonl") paths.insert(fs::weakly_canonical(entry.path(), failed));
  for (const auto& path : remembered_ledgers()) paths.insert(fs::weakly_canonical(path, failed));
  for (const auto& path : paths) {
    try {
      if (auto runs = ledgers.find(path)) out.push_back({path, std::move(runs)});
    } catch (const Failure& failure) {
      damaged(failure.what());
    }
  }
  return out;
}

std::optional<fs::path> last_ledger_written(const std::vector<RecordedLedger>& ledgers) {
  const auto may_be_written = [](State state) {
    return state != State::planned && state != State::not_applied;
  };
  std::optional<fs::path> out;
  std::pair<std::int64_t, std::int64_t> newest;
  for (const auto& [path, runs] : ledgers) {
    for (const auto& run : *runs) {
      if (run.is_undo() || run.order < newest) continue;
      if (std::ranges::none_of(run.entries, may_be_written, &LedgerEntry::state)) continue;
      newest = run.order;
      out = path;
    }
  }
  return out;
}

/// Reads the list of locks, because asking for the lock would keep it from a run that begins just then.
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
