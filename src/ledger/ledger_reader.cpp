#include <fcntl.h>

#include <algorithm>

#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "ledger/ledger.hpp"

namespace hookferry {
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
        for (const auto& id : ids->elements()) entry.perhaps.push_back(id.integer().value_or(0));
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
      if (entry.action == Action::remove) entry.made_again = maybe_integer(line, "id");
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
    const auto touched = entries(line, run);
    const auto ids = line.find("ids");
    const auto values = ids ? ids->elements() : std::vector<json::Value>();
    for (std::size_t i = 0; i < touched.size(); ++i) {
      touched[i]->state = State::accepted;
      if (i < values.size() && values[i].integer()) touched[i]->destination_id = values[i].integer();
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

std::vector<std::string_view> lines_of(std::string_view content) {
  std::vector<std::string_view> out;
  while (!content.empty()) {
    const auto end = std::min(content.find('\n'), content.size());
    out.push_back(content.substr(0, end));
    content.remove_prefix(std::min(end + 1, content.size()));
  }
  return out;
}

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

bool holds_no_run(const std::filesystem::path& path) {
  std::error_code ignored;
  if (!std::filesystem::exists(path, ignored)) return true;
  const bool keeps_nothing = !std::filesystem::is_regular_file(path, ignored);  // a pipe, /dev/null
  return keeps_nothing || is_no_run(read_file(path.string(), "the ledger"));
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
  const auto lines = lines_of(content);
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

}  // namespace hookferry
