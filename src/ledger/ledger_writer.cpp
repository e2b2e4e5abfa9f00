#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <ctime>
#include <random>

#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "core/version.hpp"
#include "json/text.hpp"
#include "ledger/ledger.hpp"

namespace hookferry {
namespace {

/// One line of the file, built member by member.
class Line {
 public:
  explicit Line(std::string_view event) { add("event", json::encode(event)); }
  Line& add(std::string_view name, const std::string& json_text) {
    text_ += (text_.empty() ? "{" : ",") + json::encode(name) + ":" + json_text;
    return *this;
  }
  Line& text(std::string_view name, std::string_view value) { return add(name, json::encode(value)); }
  Line& number(std::string_view name, std::int64_t value) { return add(name, std::to_string(value)); }
  Line& number(std::string_view name, const std::optional<std::int64_t>& value) {
    return add(name, value ? std::to_string(*value) : "null");
  }
  template <class Numbers>
  Line& numbers(std::string_view name, const Numbers& values) {
    std::string list;
    for (const auto& value : values) list += (list.empty() ? "" : ",") + in_list(value);
    return add(name, "[" + list + "]");
  }
  Line& at_now() { return number("at", now_ms()); }
  std::string str() const { return text_ + "}\n"; }

 private:
  static std::string in_list(const std::optional<std::int64_t>& value) {
    return value ? std::to_string(*value) : "null";
  }
  static std::string in_list(std::size_t value) { return std::to_string(value); }
  static std::string in_list(std::int64_t value) { return std::to_string(value); }
  std::string text_;
};

[[noreturn]] void cannot_write(const std::filesystem::path& path) {
  throw Failure(Cause::cannot_write,
                "cannot write the ledger " + printable(path.string()) + ": " + std::strerror(errno),
                "nothing is sent without it; check the folder", Remedy::another_ledger);
}

/// How much of the file is whole lines: a crash may have cut the last one.
std::size_t whole_lines(const std::string& content) {
  const auto end = content.rfind('\n');
  return end == std::string::npos ? 0 : end + 1;
}

std::string file_name_part(std::string_view label) {
  std::string out;
  for (const char c : label.substr(0, 40)) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '_';
    if (plain) out.push_back(c);
    if (!plain && !out.empty() && out.back() != '_') out.push_back('_');
  }
  return out.empty() ? "account" : out;
}

}  // namespace

std::int64_t now_ms() {
  return std::chrono::duration_cast<std::chrono::milliseconds>(
             std::chrono::system_clock::now().time_since_epoch())
      .count();
}

LedgerWriter::LedgerWriter(const std::filesystem::path& path) : path_(path) {
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
  if (!S_ISREG(facts.st_mode)) return;  // a pipe or device holds nothing to continue
  const auto content = read_descriptor(file_.get(), path.string(), "the ledger", data_limit);
  if (!is_no_run(content)) parse_ledger(content, path);
  cut_what_a_crash_left(content);
}

LedgerWriter::~LedgerWriter() = default;

/// It was not on disk as a whole, so nothing was built on it. Left standing, it would be in the middle of the
/// ledger from now on.
void LedgerWriter::cut_what_a_crash_left(const std::string& content) {
  const auto whole = whole_lines(content);
  if (whole == content.size()) return;
  const bool only_its_end = json::Document::try_parse(content.substr(whole)).has_value();
  if (only_its_end) append("\n");
  if (!only_its_end && ::ftruncate(file_.get(), static_cast<off_t>(whole)) != 0) cannot_write(path_);
}

void LedgerWriter::append(const std::string& line) {
  std::string_view rest = line;
  while (!rest.empty()) {
    const auto written = ::write(file_.get(), rest.data(), rest.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) cannot_write(path_);
    rest.remove_prefix(static_cast<std::size_t>(written));
  }
}

void LedgerWriter::sync() {
  if (::fdatasync(file_.get()) != 0 && errno != EINVAL)
    cannot_write(path_);  // EINVAL: a pipe or device, which knows no disk
}

void LedgerWriter::run(const LedgerHeader& header) {
  Line line("run");
  line.number("ledger", ledger_version)
      .text("hookferry", version)
      .text("command", header.command)
      .text("source", header.source)
      .text("destination", header.destination)
      .text("url", header.url)
      .text("account", header.account)
      .text("company", header.company)
      .number("settle", header.settle)
      .at_now()
      .numbers("present", header.present);
  if (!header.plan.empty()) line.text("plan", header.plan);
  append(line.str());
}

void LedgerWriter::webhook(const LedgerEntry& entry) {
  Line line("webhook");
  line.number("n", static_cast<std::int64_t>(entry.n))
      .number("source_id", entry.source_id)
      .text("alias", entry.identity.alias)
      .number("type", entry.identity.type)
      .text("action", entry.action)
      .number("destination_id", entry.destination_id);
  if (!entry.content.empty()) line.text("content", entry.content);
  if (!entry.before.empty()) {
    const auto document = json::Document::parse(entry.before);  // as it may have line breaks
    line.add("before", json::compact(document.root()));
  }
  append(line.str());
}

void LedgerWriter::intent(const std::vector<std::size_t>& webhooks) {
  append(Line("intent").numbers("webhooks", webhooks).at_now().str());
}

void LedgerWriter::accepted(const std::vector<std::size_t>& webhooks,
                            const std::vector<std::optional<std::int64_t>>& ids) {
  append(Line("accepted").numbers("webhooks", webhooks).numbers("ids", ids).at_now().str());
}

void LedgerWriter::not_applied(const std::vector<std::size_t>& webhooks, const std::string& reason) {
  append(Line("not_applied").numbers("webhooks", webhooks).text("reason", reason).at_now().str());
}

void LedgerWriter::arrived(std::size_t n, std::int64_t id, const std::string& content,
                           std::string_view evidence) {
  append(Line("arrived")
             .number("n", static_cast<std::int64_t>(n))
             .number("id", id)
             .text("content", content)
             .text("evidence", evidence)
             .str());
}

void LedgerWriter::unclear(std::size_t n, const std::vector<std::int64_t>& ids) {
  append(Line("unclear").number("n", static_cast<std::int64_t>(n)).numbers("ids", ids).str());
}

void LedgerWriter::removed(std::size_t n) {
  append(Line("removed").number("n", static_cast<std::int64_t>(n)).str());
}

void LedgerWriter::company(const std::string& company) {
  append(Line("company").text("company", company).str());
}

void LedgerWriter::undone(std::size_t run, std::size_t n, std::int64_t id) {
  append(Line("undone")
             .number("run", static_cast<std::int64_t>(run))
             .number("n", static_cast<std::int64_t>(n))
             .number("id", id)
             .at_now()
             .str());
}

void LedgerWriter::end(bool settled, int exit) {
  append(Line("end").add("settled", settled ? "true" : "false").number("exit", exit).at_now().str());
  sync();
}

namespace {

std::optional<std::filesystem::path> find_state_directory() {
  const auto* state = std::getenv("XDG_STATE_HOME");
  if (state != nullptr && *state == '/') return std::filesystem::path(state) / "hookferry";
  const auto* home = std::getenv("HOME");
  if (home == nullptr || *home == '\0') return std::nullopt;
  return std::filesystem::path(home) / ".local/state/hookferry";
}

}  // namespace

bool has_state_directory() { return find_state_directory().has_value(); }

std::filesystem::path state_directory() {
  if (auto out = find_state_directory()) return *out;
  throw Failure(
      Cause::configuration,
      "there is no place for ledgers, locks and what is known of earlier runs: neither XDG_STATE_HOME "
      "nor HOME is set",
      "set one of them");
}

std::filesystem::path new_ledger_path(const std::string& source, const std::string& destination) {
  const auto now = std::time(nullptr);
  tm utc{};
  ::gmtime_r(&now, &utc);
  char time[32];
  std::strftime(time, sizeof time, "%Y%m%dT%H%M%SZ", &utc);
  const auto suffix = std::to_string(std::random_device{}() % 1'000'000);
  return state_directory() / (std::string(time) + "-" + file_name_part(source) + "-" +
                              file_name_part(destination) + "-" + suffix + ".jsonl");
}

}  // namespace hookferry
