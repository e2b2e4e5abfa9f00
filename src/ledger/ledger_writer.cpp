#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <cstring>
#include <ctime>
#include <fstream>
#include <utility>

#include <fmt/format.h>
#include <boost/json/value_from.hpp>

#include "core/crypto.hpp"
#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/process.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "ledger/ledger_file.hpp"

namespace hookferry::ledger {
namespace {

using boost::json::value_from;
using MemberList = std::initializer_list<std::pair<boost::json::string_view, boost::json::value_ref>>;

/// One line of JSON; members of `optional` that are null are left out.
std::string line_of(MemberList required, MemberList optional = {}) {
  boost::json::object members(required);
  for (const auto& [name, value] : boost::json::object(optional))
    if (!value.is_null()) members[name] = value;
  return json::compact(boost::json::value(std::move(members))) + "\n";  // without std::move a copy
}

std::string number_or_null(const std::optional<std::int64_t>& number) {
  return number ? std::to_string(*number) : "null";
}

[[noreturn]] void cannot_write(const std::filesystem::path& path) {
  throw Failure(Cause::cannot_write,
                "cannot write the ledger " + printable(path.string()) + ": " + std::strerror(errno),
                "nothing is sent without it; check the folder", Remedy::another_ledger);
}

/// At most 40 characters of the label; an underscore stands for those that a shell might read in its own way.
std::string file_name_part(std::string_view label) {
  std::string out;
  for (const char c : label.substr(0, 40)) {
    const bool plain = is_letter(c) || is_digit(c) || c == '.' || c == '_';
    if (plain) out.push_back(c);
    if (!plain && !out.empty() && out.back() != '_') out.push_back('_');
  }
  return out.empty() ? "account" : out;
}

/// In the order of Action.
constexpr std::array<std::string_view, 6> action_names = {"create",   "update",  "unchanged",
                                                          "conflict", "invalid", "delete"};
static_assert(action_names.size() == static_cast<std::size_t>(Action::remove) + 1);

}  // namespace

std::string_view name_of(Action action) { return action_names.at(static_cast<std::size_t>(action)); }

std::optional<Action> action_named(std::string_view name) {
  const auto found = std::ranges::find(action_names, name);
  if (found == action_names.end()) return std::nullopt;
  return static_cast<Action>(found - action_names.begin());
}

LedgerWriter::LedgerWriter(const std::filesystem::path& path, const Ledgers* ledgers) : path_(path) {
  if (path.has_parent_path()) make_directory(path.parent_path());
  file_ = open_private(path.string(), O_RDWR | O_CREAT | O_APPEND, "the ledger", Cause::cannot_write);
  if (::flock(file_.get(), LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK) {
    throw Failure(
        Cause::incomplete,
        "another run is writing to the ledger " + printable(path.string()) + "; nothing was changed",
        "wait for it to end", Remedy::another_ledger);
  }
  struct stat facts {};
  if (::fstat(file_.get(), &facts) != 0) cannot_write(path_);
  if (!S_ISREG(facts.st_mode)) return;                         // a pipe or device holds nothing to continue
  if (facts.st_size == 0) sync_directory(path.parent_path());  // it may be new
  auto broken = ledgers != nullptr ? ledgers->broken_end_of(facts) : std::nullopt;
  size_ = facts.st_size;
  if (!broken) {
    const auto content = read_descriptor(file_.get(), path.string(), "the ledger", data_limit);
    if (!is_no_run(content)) parse_ledger(content, path);
    size_ = std::ssize(content);
    broken = broken_end(content);
  }
  if (broken->empty()) return;
  // A broken line was not on disk as a whole, so nothing was built on it. It must not be in the middle of the
  // ledger from now on.
  const bool only_its_end = json::Document::try_parse(*broken).has_value();
  if (!only_its_end) *size_ -= std::ssize(*broken);
  if (only_its_end) append("\n");
  if (!only_its_end && ::ftruncate(file_.get(), *size_) != 0) cannot_write(path_);
}

LedgerWriter::~LedgerWriter() {
  try {
    write_out();
  } catch (const Failure&) {  // records that must be in the file are followed by sync(), which reports
  }
}

void LedgerWriter::append(const std::string& line, bool can_wait) {
  constexpr std::size_t enough = 64 * 1024;
  waiting_ += line;
  if (!can_wait || waiting_.size() >= enough) write_out();
}

void LedgerWriter::write_out() {
  const auto lines = std::exchange(waiting_, {});  // none is tried twice
  if (failed_with_ != 0) fail(failed_with_);
  if (!write_all(file_.get(), lines)) fail(errno);
  if (size_) *size_ += std::ssize(lines);
}

/// Half a line would make one broken line with whatever is written after it. If it cannot be cut off, the
/// next writer does that.
void LedgerWriter::fail(int error) {
  if (failed_with_ == 0 && size_) static_cast<void>(::ftruncate(file_.get(), *size_) == 0);
  errno = failed_with_ = error;
  cannot_write(path_);
}

void LedgerWriter::sync() {
  write_out();
  if (::fdatasync(file_.get()) != 0 && errno != EINVAL)
    fail(errno);  // EINVAL: a pipe or device, which knows no disk
}

void LedgerWriter::run(const LedgerHeader& header, std::int64_t number) {
  append(line_of(
      {{"event", "run"},
       {"ledger", ledger_version},
       {"hookferry", program_version},
       {"command", header.command},
       {"source", header.source},
       {"destination", header.destination.name},
       {"url", header.destination.url},
       {"account", header.destination.identity.key},
       {"company", header.destination.identity.company},
       {"settle", header.settle},
       {"at", now_ms()},
       {"boot", boot_id()},
       {"uptime", uptime_ms()},
       {"number", number},
       {"present", value_from(header.present)}},
      {{"plan", json::or_null(header.plan)},
       {"fleet", json::or_null(header.fleet)},
       {"server_time", json::or_null(header.server_time)},
       {"sources", header.source_names.empty() ? boost::json::value() : value_from(header.source_names)}}));
}

// A ledger may have a hundred thousand lines of these two kinds, so they are put together by hand.

void LedgerWriter::webhook(const LedgerEntry& entry) {
  auto line = fmt::format(R"({{"event":"webhook","n":{},"source_id":{},"alias":{},"type":{},"action":"{}")",
                          entry.n, number_or_null(entry.source_id), json::encode(entry.identity.alias),
                          entry.identity.type, name_of(entry.action));
  line += R"(,"destination_id":)" + number_or_null(entry.destination_id);
  if (!entry.source_uuid.empty()) line += R"(,"source_uuid":)" + json::encode(entry.source_uuid);
  if (!entry.destination_uuid.empty())
    line += R"(,"destination_uuid":)" + json::encode(entry.destination_uuid);
  if (!entry.content.empty()) line += R"(,"content":)" + json::encode(entry.content);
  if (!entry.before.empty()) line += R"(,"before":)" + json::compact(json::raw_json(entry.before));
  append(line + "}\n", true);
}

void LedgerWriter::intent(const std::vector<std::size_t>& webhooks) {
  append(line_of(
      {{"event", "intent"}, {"webhooks", value_from(webhooks)}, {"at", now_ms()}, {"uptime", uptime_ms()}}));
}

void LedgerWriter::accepted(const std::vector<std::size_t>& webhooks,
                            const std::vector<webhook::GivenId>& ids) {
  boost::json::array numbers, uuids;
  for (const auto& id : ids) {
    numbers.push_back(json::or_null(id.number));
    if (!id.uuid.empty()) uuids.emplace_back(id.uuid.str());
  }
  const bool has_uuids = !uuids.empty() && uuids.size() == ids.size();
  append(line_of({{"event", "accepted"},
                  {"webhooks", value_from(webhooks)},
                  {"ids", std::move(numbers)},
                  {"at", now_ms()},
                  {"uptime", uptime_ms()}},
                 {{"uuids", has_uuids ? boost::json::value(std::move(uuids)) : boost::json::value()}}));
}

void LedgerWriter::not_applied(const std::vector<std::size_t>& webhooks, const std::string& reason) {
  append(line_of({{"event", "not_applied"},
                  {"webhooks", value_from(webhooks)},
                  {"reason", reason},
                  {"at", now_ms()},
                  {"uptime", uptime_ms()}}));
}

void LedgerWriter::arrived(std::size_t n, const webhook::GivenId& id, const std::string& content,
                           std::string_view evidence) {
  const auto uuid = id.uuid.empty() ? std::string() : R"(,"uuid":)" + json::encode(id.uuid.str());
  append(fmt::format(R"({{"event":"arrived","n":{},"id":{},"content":"{}","evidence":"{}"{}}})", n,
                     number_or_null(id.number), content, evidence, uuid) +
             "\n",
         true);
}

void LedgerWriter::ambiguous(std::size_t n, const std::vector<std::int64_t>& ids) {
  append(line_of({{"event", "unclear"}, {"n", n}, {"ids", value_from(ids)}}));
}

void LedgerWriter::removed(std::size_t n) { append(line_of({{"event", "removed"}, {"n", n}})); }

void LedgerWriter::copy(const KnownCopy& copy) {
  const auto& [alias, type] = copy.identity;
  append(line_of({{"event", "copy"}, {"id", copy.id}, {"alias", alias}, {"type", type}}));
}

void LedgerWriter::company(const std::string& company) {
  append(line_of({{"event", "company"}, {"company", company}}));
}

void LedgerWriter::undone(std::size_t run, std::size_t n, std::int64_t id) {
  append(line_of(
      {{"event", "undone"}, {"run", run}, {"n", n}, {"id", id}, {"at", now_ms()}, {"uptime", uptime_ms()}}));
}

void LedgerWriter::end(bool settled, int exit) {
  append(line_of({{"event", "end"},
                  {"settled", settled},
                  {"exit", exit},
                  {"at", now_ms()},
                  {"boot", boot_id()},
                  {"uptime", uptime_ms()}}));
  sync();
}

std::optional<std::filesystem::path> find_state_directory() {
  if (const auto state = environment("XDG_STATE_HOME"); state.starts_with('/'))
    return std::filesystem::path(state) / "hookferry";
  const auto home = environment("HOME");
  return home.empty() ? std::nullopt : std::optional(std::filesystem::path(home) / ".local/state/hookferry");
}

std::filesystem::path state_directory() {
  if (auto out = find_state_directory()) return *out;
  throw Failure(
      Cause::configuration,
      "there is no place for ledgers, locks and what is known of earlier runs: neither XDG_STATE_HOME "
      "nor HOME is set",
      "set one of them");
}

std::filesystem::path new_ledger_path(const std::string& source, const std::string& destination) {
  return state_directory() / fmt::format("{}-{}-{}-{}.jsonl", utc_text(std::time(nullptr), "%Y%m%dT%H%M%SZ"),
                                         file_name_part(source), file_name_part(destination),
                                         static_cast<int>(random_fraction() * 1'000'000));
}

std::int64_t next_run_number(Ledgers& ledgers) {
  constexpr std::size_t digits = 19;
  const auto path = state_directory() / "run-number";
  const auto require = [&](bool done) {
    if (!done)
      throw Failure(Cause::cannot_write,
                    "cannot write " + printable(path.string()) + ": " + std::strerror(errno),
                    what_to_try(errno, check_the_state_folder));
  };
  make_directory(path.parent_path(), check_the_state_folder);
  const Descriptor file(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  require(file.get() >= 0);
  while (::flock(file.get(), LOCK_EX) != 0) require(errno == EINTR);
  char text[digits + 1] = {};
  std::int64_t last = 0;
  const bool read = ::pread(file.get(), text, sizeof text, 0) == sizeof text && text[digits] == '\n';
  const bool whole = read && std::from_chars(text, text + digits, last).ptr == text + digits && last > 0;
  if (!whole) last = 0;
  if (!whole)  // It is new, or a crash has cut it.
    for (const auto& ledger : recorded_ledgers(ledgers, [](const std::string&) {}))
      for (const auto& run : *ledger.runs) last = std::max(last, run.number);
  const auto number = last + 1;
  const auto line = fmt::format("{:0{}}\n", number, digits);
  require(::pwrite(file.get(), line.data(), line.size(), 0) == std::ssize(line));
  require(::fsync(file.get()) == 0);
  if (!whole) sync_directory(path.parent_path());
  return number;
}

const std::string& boot_id() {
  static const auto out = [] {
    std::string id;
    std::ifstream("/proc/sys/kernel/random/boot_id") >> id;
    return id;
  }();
  return out;
}

std::int64_t uptime_ms() {
  timespec since{};
  ::clock_gettime(CLOCK_BOOTTIME, &since);
  return std::int64_t{since.tv_sec} * 1'000 + since.tv_nsec / 1'000'000;
}

}  // namespace hookferry::ledger
