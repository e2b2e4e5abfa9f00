#include "ledger/destination.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <cstdlib>
#include <cstring>
#include <iterator>
#include <map>
#include <set>
#include <stdexcept>

#include <fmt/format.h>
#include <boost/json/value_from.hpp>

#include "core/crypto.hpp"
#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "json/reader.hpp"
#include "ledger/ledger.hpp"
#include "ledger/ledger_file.hpp"
#include "secrets/secrets.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::ledger {

namespace {

using State = LedgerEntry::State;

std::string digest(const std::string& text) {
  constexpr std::size_t length = 24;  // hex digits: 96 bits
  return sha256_hex(text).substr(0, length);
}

/// Whether the destination's webhook of that id is what was written, and no other client had changed it.
bool arrived(const LedgerEntry& entry) {
  return entry.state == State::arrived && !entry.changed && entry.destination_id;
}

std::set<std::int64_t> arrived_in(const LedgerRun& run) {
  std::set<std::int64_t> out;
  for (const auto& entry : run.entries)
    if (arrived(entry)) out.insert(*entry.destination_id);
  return out;
}

/// Takes these ids off the candidates. A webhook without candidates is no longer ambiguous.
void rule_out(std::vector<KnownAmbiguous>& ambiguous, const std::set<std::int64_t>& ids) {
  for (auto& one : ambiguous)
    std::erase_if(one.candidates, [&](std::int64_t id) { return ids.contains(id); });
  std::erase_if(ambiguous, [](const KnownAmbiguous& one) { return one.candidates.empty(); });
}

namespace fs = std::filesystem;

fs::path state_path(const std::string& name) { return destinations_directory() / (name + ".json"); }

std::optional<fs::path> existing_file(const std::string& path) {
  return !path.empty() && is_there(path) ? std::optional<fs::path>(path) : std::nullopt;
}

DestinationState state_of(const json::Reader& root) {
  root.members();
  DestinationState out;
  if (const auto at = root.find("at")) out.at = at->integer();
  if (const auto number = root.find("number")) out.number = number->integer();
  out.company = root.optional_text("company");
  out.ledger = existing_file(root.optional_text("ledger"));
  for (const auto& known : root.optional_elements("ledgers")) {
    const auto path = existing_file(known.optional_text("ledger"));
    std::vector<std::string> works;
    for (const auto& work : known.optional_elements("works")) works.push_back(work.text());
    if (path) out.use(*path, works);
  }
  if (out.ledgers.empty() && out.ledger) out.use(*out.ledger, {});
  for (const auto& known : root.optional_elements("alterations"))
    out.alterations.push_back(
        {known.optional_text("sent"), known.at("id").integer(), known.optional_text("stored")});
  for (const auto& ambiguous : root.optional_elements("unclear")) {
    auto& known = out.ambiguous.emplace_back(KnownAmbiguous{ambiguous.optional_text("sent"), {}});
    for (const auto& id : ambiguous.optional_elements("perhaps")) known.candidates.push_back(id.integer());
  }
  for (const auto& copy : root.optional_elements("copies"))
    out.copies.push_back({copy.at("id").integer(), {copy.optional_text("alias"), copy.at("type").integer()}});
  for (const auto& id : root.optional_elements("accepted")) out.accepted.insert(id.integer());
  for (const auto& one : root.optional_elements("waited")) out.waited.insert(one.text());
  for (const auto& source : root.optional_elements("sources")) {
    const auto webhooks = source.at("webhooks");
    if (webhooks.integer() < 0) webhooks.fail("a number of webhooks is expected");
    out.sources[source.optional_text("source")] = static_cast<std::size_t>(webhooks.integer());
  }
  for (const auto& plan : root.optional_elements("plans"))
    out.plans[plan.at("plan").text()] = plan.at("at").integer();
  return out;
}

DestinationState read_state(const fs::path& path) {
  try {
    const auto text =
        read_private(path.string(), "the memory of the destination", data_limit, Cause::cannot_write);
    const auto document = json::Document::over(text);
    return state_of(json::Reader(document.root()));
  } catch (const json::SyntaxError&) {
  } catch (const json::FormError&) {
  }
  throw Failure(Cause::bad_data,
                printable(path.string()) + ", where the last run's ledger is kept in mind, is damaged",
                "delete it; a run that was killed just before is then not waited for");
}

std::string state_text(const DestinationState& state) {
  using boost::json::array;
  array alterations, ambiguous, copies, sources, plans, ledgers;
  for (const auto& copy : state.copies)
    copies.push_back({{"id", copy.id}, {"alias", copy.identity.alias}, {"type", copy.identity.type}});
  for (const auto& [path, works] : state.ledgers)
    ledgers.push_back({{"ledger", path.string()}, {"works", boost::json::value_from(works)}});
  for (const auto& known : state.alterations)
    alterations.push_back({{"sent", known.sent}, {"id", known.id}, {"stored", known.stored}});
  for (const auto& known : state.ambiguous)
    ambiguous.push_back({{"sent", known.sent}, {"perhaps", boost::json::value_from(known.candidates)}});
  for (const auto& [source, webhooks] : state.sources)
    sources.push_back({{"source", source}, {"webhooks", webhooks}});
  for (const auto& [plan, at] : state.plans) plans.push_back({{"plan", plan}, {"at", at}});
  return json::compact(
             {{"at", state.at},
              {"number", state.number},
              {"company", state.company},
              {"ledger", state.ledger ? boost::json::value(fs::absolute(*state.ledger).string()) : nullptr},
              {"ledgers", std::move(ledgers)},
              {"alterations", std::move(alterations)},
              {"unclear", std::move(ambiguous)},
              {"copies", std::move(copies)},
              {"accepted", boost::json::value_from(state.accepted)},
              {"waited", boost::json::value_from(state.waited)},
              {"sources", std::move(sources)},
              {"plans", std::move(plans)}}) +
         "\n";
}

/// An account without webhooks does not say which company it is. The state under its key does.
AccountIdentity with_stored_company(AccountIdentity account) {
  const auto path = state_path(file_name_by_key(account));
  if (account.company.empty() && is_there(path)) account.company = read_state(path).company;
  return account;
}

/// " (pid 4711: hookferry migrate eu1 us1)" as far as it is known, with the beginning of the command line.
std::string holder_of(int fd) {
  char text[32] = {};
  if (::pread(fd, text, sizeof text - 1, 0) <= 0) return {};
  const auto pid = std::atol(text);
  if (pid <= 0) return {};
  std::string command;
  try {
    command = read_file(fmt::format("/proc/{}/cmdline", pid), "the command line of");
  } catch (const Failure&) {
    return fmt::format(" (pid {})", pid);
  }
  while (command.ends_with('\0')) command.pop_back();
  std::vector<std::string> words;
  for (const auto word : split(command, '\0')) words.push_back(secrets::mask_argument(word));
  if (words.empty()) return fmt::format(" (pid {})", pid);  // it ends just now
  words.front() = fs::path(words.front()).filename().string();
  return fmt::format(" (pid {}: {})", pid, printable_excerpt(fmt::format("{}", fmt::join(words, " ")), 80));
}

}  // namespace

std::vector<KnownAlteration> known_alterations(const std::vector<LedgerRun>& runs) {
  std::vector<KnownAlteration> out;
  for (const auto& run : runs)
    for (const auto& entry : run.entries)
      if (arrived(entry) && entry.stored != entry.content)
        out.push_back({entry.content, *entry.destination_id, entry.stored});
  return out;
}

std::vector<KnownAmbiguous> known_ambiguous(const std::vector<LedgerRun>& runs) {
  std::vector<KnownAmbiguous> out;
  for (const auto& run : runs) {
    rule_out(out, arrived_in(run));
    for (const auto& entry : run.entries)
      if (entry.state == State::ambiguous) out.push_back({entry.content, entry.candidates});
  }
  return out;
}

KnownOfAccount known_after(const KnownOfAccount& remembered, const std::vector<LedgerRun>& runs,
                           const std::vector<webhook::Webhook>& reading) {
  KnownOfAccount out;
  std::map<std::int64_t, KnownAlteration> newest;
  for (const auto& known : {remembered.alterations, known_alterations(runs)})
    for (const auto& alteration : known) newest[alteration.id] = alteration;
  std::map<std::int64_t, KnownCopy> copies;
  for (const auto& copy : remembered.copies) copies[copy.id] = copy;
  for (const auto& run : runs)
    for (const auto& copy : run.copies) copies[copy.id] = copy;
  std::set<std::int64_t> shown, altered;
  for (const auto& webhook : reading) {
    if (!webhook.id) continue;
    shown.insert(*webhook.id);
    if (const auto copy = copies.find(*webhook.id);
        copy != copies.end() && copy->second.identity == webhook.identity)
      out.copies.push_back(copy->second);
    const auto found = newest.find(*webhook.id);
    if (found == newest.end()) continue;
    if (!webhook.is_only_listed && webhook::content_digest(webhook) != found->second.stored) continue;
    out.alterations.push_back(found->second);
    altered.insert(*webhook.id);
  }

  out.ambiguous = remembered.ambiguous;
  if (!runs.empty()) rule_out(out.ambiguous, arrived_in(runs.back()));
  // What the runs know again is the same webhook, and not one more.
  const auto newer = known_ambiguous(runs);
  for (const auto& one : newer)
    if (const auto same = std::ranges::find(out.ambiguous, one); same != out.ambiguous.end())
      out.ambiguous.erase(same);
  std::ranges::copy(newer, std::back_inserter(out.ambiguous));
  rule_out(out.ambiguous, altered);
  std::erase_if(out.ambiguous, [&](const KnownAmbiguous& ambiguous) {
    return std::ranges::none_of(ambiguous.candidates, [&](std::int64_t id) { return shown.contains(id); });
  });
  return out;
}

std::string key_digest(std::string_view server, std::string_view key) {
  WipedBuffer both(server.size() + 1 + key.size());
  both.text.append(server).append("\n").append(key);
  return digest(both.text);
}

std::string company_of(const std::vector<webhook::Webhook>& webhooks) {
  for (const auto& webhook : webhooks)
    if (auto company = company_of(webhook); !company.empty()) return company;
  return {};
}

std::string company_of(const webhook::Webhook& webhook) {
  const auto document = json::Document::try_over(webhook.text.view());
  return document ? webhook::company_of(document->root()) : std::string();
}

bool same_account(const AccountIdentity& a, const AccountIdentity& b) {
  return a.server == b.server && (a.key == b.key || (!a.company.empty() && a.company == b.company));
}

std::string server_prefix(const AccountIdentity& account) {
  return sha256_hex(account.server).substr(0, 8) + "-";
}

std::vector<std::string> file_names(const AccountIdentity& account) {
  std::vector<std::string> out = {file_name_by_key(account)};
  if (!account.company.empty()) out.push_back(file_name_by_company(account));
  return out;
}

std::string file_name_by_key(const AccountIdentity& account) { return server_prefix(account) + account.key; }

std::string file_name_by_company(const AccountIdentity& account) {
  if (account.company.empty()) throw std::logic_error("the company of an account is not known");
  return server_prefix(account) + digest(account.server + "\ncompany " + account.company);
}

void DestinationState::use(const fs::path& path, const std::vector<std::string>& works) {
  constexpr std::size_t most = 200;
  KnownLedger used{fs::absolute(path)};
  const auto known = std::ranges::find(ledgers, used.path, &KnownLedger::path);
  if (known != ledgers.end()) {
    used = std::move(*known);
    ledgers.erase(known);
  }
  used.works.insert(works.begin(), works.end());
  ledgers.push_back(std::move(used));
  if (ledgers.size() > most) ledgers.erase(ledgers.begin());
}

fs::path destinations_directory() { return state_directory() / "destinations"; }

bool never_seen(const AccountIdentity& account) {
  return !find_state_directory() || std::ranges::none_of(file_names(account), is_there, state_path);
}

DestinationState load_destination_state(const AccountIdentity& account) {
  DestinationState out;
  if (!find_state_directory()) return out;
  for (const auto& name : file_names(with_stored_company(account))) {
    if (!is_there(state_path(name))) continue;
    auto state = read_state(state_path(name));
    // The server may have given the key to another account since.
    const bool another =
        !state.company.empty() && !account.company.empty() && state.company != account.company;
    const bool newer = std::pair(state.number, state.at) >= std::pair(out.number, out.at);
    if (!another && newer) out = std::move(state);
  }
  return out;
}

void save_destination_state(const AccountIdentity& account, DestinationState state) {
  // The newest state counts, so it is later than the one that it replaces, even if the clock was set back.
  const auto replaced = load_destination_state(account);
  state.at = std::max(now_ms(), replaced.at + 1);
  state.number = std::max(state.number, replaced.number);
  state.company = account.company;
  make_directory(destinations_directory(), check_the_state_folder);
  for (const auto& name : file_names(account)) write_file(state_path(name).string(), state_text(state));
}

std::vector<fs::path> remembered_ledgers() {
  std::vector<fs::path> out;
  if (!find_state_directory()) return out;
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(destinations_directory(), failed)) {
    if (entry.path().extension() != ".json") continue;
    try {
      for (const auto& known : read_state(entry.path()).ledgers) out.push_back(known.path);
    } catch (const Failure&) {
      // The next run that writes to that destination reports it.
    }
  }
  return out;
}

std::vector<fs::path> ledgers_of_perhaps_the_same(const AccountIdentity& account) {
  std::set<fs::path> out;
  const auto prefix = server_prefix(account);
  const auto own = file_names(with_stored_company(account));
  std::error_code failed;
  for (const auto& entry : fs::directory_iterator(destinations_directory(), failed)) {
    const auto name = entry.path().stem().string();
    if (entry.path().extension() != ".json" || !name.starts_with(prefix)) continue;
    if (std::ranges::find(own, name) != own.end()) continue;
    const auto state = read_state(entry.path());
    if (state.ledger && (account.company.empty() || state.company.empty())) out.insert(*state.ledger);
  }
  for (const auto& known : load_destination_state(account).ledgers) out.erase(known.path);
  return {out.begin(), out.end()};
}

InProcessLocks::Lock InProcessLocks::take(const std::string& name, bool shared) {
  std::unique_lock lock(mutex_);
  for (bool waited = false;; waited = true) {
    auto holders = held_[name].lock();
    if (holders && shared && *holders) return {std::move(holders), waited};
    if (!holders) {
      holders.reset(new bool(shared), [this](const bool* value) {
        delete value;
        released_.notify_all();
      });
      held_[name] = holders;
      return {std::move(holders), waited};
    }
    holders.reset();  // so that the wait does not keep the lock
    if (interrupts_.requested()) throw Failure(Cause::interrupted, "interrupted; nothing was changed", "");
    // In slices, since a signal does not notify, and a release may do so just before the wait.
    released_.wait_for(lock, std::chrono::milliseconds(100));
  }
}

FileLock::FileLock(const std::filesystem::path& path, Kind kind, const std::string& busy,
                   InProcessLocks* in_process)
    : in_process_(in_process != nullptr ? in_process->take(path.string(), kind == Kind::shared)
                                        : InProcessLocks::Lock()) {
  if (path.has_parent_path()) make_directory(path.parent_path(), check_the_state_folder);
  file_ = Descriptor(::open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600));
  if (file_.get() < 0) {
    throw Failure(Cause::cannot_write,
                  "cannot open the lock " + printable(path.string()) + ": " + std::strerror(errno),
                  what_to_try(errno, check_the_state_folder));
  }
  while (kind == Kind::brief && ::flock(file_.get(), LOCK_EX) != 0 && errno == EINTR) continue;
  if (::flock(file_.get(), (kind == Kind::shared ? LOCK_SH : LOCK_EX) | LOCK_NB) != 0) {
    const auto holder = holder_of(file_.get());
    throw Failure(Cause::incomplete, busy + holder + "; nothing was changed",
                  "wait for it to end, then run the same command again");
  }
  if (kind == Kind::shared) return;
  // The file names its holder to those that are refused. If that fails, the lock holds all the same.
  const auto holder = std::to_string(::getpid()) + "\n";
  if (::ftruncate(file_.get(), 0) != 0 || ::pwrite(file_.get(), holder.data(), holder.size(), 0) < 0) return;
}

}  // namespace hookferry::ledger
