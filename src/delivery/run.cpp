#include "delivery/run.hpp"

#include <algorithm>
#include <numeric>

#include <fmt/format.h>

#include "accounts/places.hpp"
#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "ledger/ledger_file.hpp"
#include "plan/approved_plan.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::delivery {
namespace {

namespace fs = std::filesystem;

/// One that was asked for longer ago, for what was read beside it took its time, is no ground for a plan.
constexpr Time oldest_reading = 5'000;

bool same_file(const fs::path& a, const fs::path& b) {
  std::error_code ignored;
  return fs::equivalent(a, b, ignored);
}

bool is_open(const std::vector<ledger::LedgerRun>& runs) {
  return std::ranges::any_of(runs, [](const ledger::LedgerRun& run) { return run.begun() && !run.settled; });
}

std::vector<std::string> works_of(const ledger::LedgerHeader& header) {
  std::vector<std::string> out;
  for (const auto& name : header.source_names) out.push_back(header.command + " " + name);
  return out;
}

bool have_common(const auto& some, const auto& others) {
  return std::ranges::any_of(some,
                             [&](const auto& one) { return std::ranges::find(others, one) != others.end(); });
}

std::map<std::int64_t, Sha256> digests_of(const std::vector<webhook::Webhook>& webhooks) {
  std::map<std::int64_t, Sha256> out;
  for (const auto& webhook : webhooks)
    if (webhook.id) out.emplace(*webhook.id, webhook::digest_of(webhook));
  return out;
}

}  // namespace

Run::Run(Target target, RunSettings settings, RunObserver observer, ledger::Ledgers& ledgers)
    : target_(std::move(target)), settings_(settings), observer_(std::move(observer)), ledgers_(ledgers) {}

void Run::look(const std::function<void(const ledger::Account&)>& allowed) {
  present_ = read();
  target_.account.identity.company = ledger::company_of(present_);
  allowed(target_.account);
  memory_ = ledger::load_destination_state(target_.account.identity);
  if (const auto runs = memory_.ledger ? ledgers_.find(*memory_.ledger) : nullptr) last_runs_ = runs;
}

void Run::lock() {
  std::string ignored;
  auto& server = target_.account.identity.server;
  if (const auto address = net::parse_url(target_.account.url, ignored))
    server = accounts::kept_server(server, address->endpoint);
  lock(ledger::file_name_by_key(target_.account.identity), ledger::FileLock::Kind::exclusive,
       target_.account.name);
}

void Run::lock(const std::string& name, ledger::FileLock::Kind kind, const std::string& label) {
  locks_.emplace_back(ledger::destinations_directory() / (name + ".lock"), kind,
                      "another run on this machine is writing to " + printable(label), settings_.turns);
}

/// Keys of one account have one company. Where there is none yet, an account that nobody has written to, no
/// two of the server can be told apart, and only one is written to at a time. Whether it had to wait; what
/// was read before is old then.
/// v5 shows no company: there the webhook with the lowest number stands for the account, under any key.
bool Run::lock_by_company(const std::vector<webhook::Webhook>& reading) {
  const auto before = locks_.size();
  const auto unknown = ledger::server_prefix(target_.account.identity) + "unknown";
  const auto& company = target_.account.identity.company;
  const auto uuid = reading.empty() ? RareText() : reading.front().uuid;
  if (company.empty() && uuid.empty()) {
    lock(unknown, ledger::FileLock::Kind::exclusive,
         "an account of that server that is empty like " + target_.account.name);
  } else {
    if (ledger::never_seen(target_.account.identity))
      lock(unknown, ledger::FileLock::Kind::shared, target_.account.name + " or another empty account");
    lock(company.empty() ? ledger::server_prefix(target_.account.identity) + "uuid-" +
                               sha256_hex(uuid.str()).substr(0, 24)
                         : ledger::file_name_by_company(target_.account.identity),
         ledger::FileLock::Kind::exclusive, target_.account.name);
  }
  return std::any_of(locks_.begin() + static_cast<std::ptrdiff_t>(before), locks_.end(),
                     [](const ledger::FileLock& held) { return held.waited(); });
}

void Run::start_reading() {
  reading_began_ = present_moment().now;
  target_.api.start_list();
}

std::vector<webhook::Webhook> Run::read() {
  observer_.stage("reading " + printable(target_.account.name));
  observer_.reason("");
  auto out = target_.api.list(api::AccountApi::Purpose::plan, needed_);
  for (const auto& webhook : out)
    if (!webhook.uuid.empty()) shown_uuids_.insert(webhook.uuid);
  target_.account.url = target_.api.address();
  target_.account.api = name_of(target_.api.form());
  observer_.stage("waiting for " + printable(target_.account.name));
  observer_.reason(settling_text(settings_));
  const auto without_id = std::ranges::count_if(out, [](const auto& webhook) { return !webhook.id; });
  api::require_ids(static_cast<std::size_t>(without_id), target_.account.name);
  return out;
}

void Run::refresh(const std::vector<fs::path>& named,
                  const std::function<void(const ledger::Account&)>& allowed) {
  auto began = reading_began_.value_or(present_moment().now);
  if (const auto asked_at = target_.api.list_asked_at())
    began = std::min(began, std::chrono::duration_cast<Milliseconds>(asked_at->time_since_epoch()).count());
  const auto read_anew = [&] {
    began = present_moment().now;
    return read();
  };
  auto first = read();
  if (present_moment().now > began + oldest_reading) first = read_anew();
  target_.account.identity.company = ledger::company_of(first);
  allowed(target_.account);
  if (lock_by_company(first)) {
    first = read_anew();
    // The run that was waited for may have been one of the same account, and the first to write there.
    if (target_.account.identity.company.empty() && !ledger::company_of(first).empty()) {
      target_.account.identity.company = ledger::company_of(first);
      allowed(target_.account);
      lock(ledger::file_name_by_company(target_.account.identity), ledger::FileLock::Kind::exclusive,
           target_.account.name);
    }
  }

  // The last run of this account comes first: what it left must be there.
  memory_ = ledger::load_destination_state(target_.account.identity);
  adopt_ledgers(first);
  std::vector<fs::path> ledgers;
  const auto look_at = [&](const fs::path& path) {
    ledger::require_own_ledger(path);
    if (ledgers_.find(path) != nullptr) ledgers.push_back(path);
  };
  if (memory_.ledger) look_at(*memory_.ledger);
  auto others = adopted_;
  others.insert(others.end(), named.begin(), named.end());
  for (const auto& path : others)
    if (!path.empty() && std::ranges::none_of(ledgers, [&](const auto& one) { return same_file(one, path); }))
      look_at(path);
  auto expectations_now = expected(ledgers);
  gone_ = expectations_now.gone;
  fresh_until_ = present_moment().now + expectations_now.fresh.count();
  // What a run that was cut off has sent is looked for in every webhook.
  if (!expectations_now.open.empty() && std::ranges::any_of(first, &webhook::Webhook::is_only_listed)) {
    needed_ = nullptr;
    first = read_anew();
  }
  Reconciliation machine(std::move(expectations_now), settings_.accept_shrunk);
  drive(machine, std::move(first), began);
  if (machine.stop()) throw failure_of_stop(*machine.stop());
  if (!machine.deleted().empty())
    observer_.note(printable(target_.account.name) + ": " + plural(machine.deleted().size(), "webhook") +
                   " that the last run left there " + (machine.deleted().size() == 1 ? "is" : "are") +
                   " gone; deleted by someone since.");
  for (const auto& path : ledgers) {
    const auto runs = ledgers_.find(path);
    if (runs == nullptr) continue;  // The file has gone since.
    if (is_open(*runs)) close(path, *runs);
    if (memory_.ledger && same_file(path, *memory_.ledger)) last_runs_ = ledgers_.read(path);
  }
}

/// Contents of another API have other digests. What is open there can only be settled by that API.
void Run::forget_other_form(ExpectedState& expected, const std::vector<ledger::LedgerRun>& runs,
                            const fs::path& path) const {
  const auto& then = runs.back().header.destination.url;
  if ((accounts::api_of_record(then) == accounts::ApiChoice::v5) == (target_.api.form() == webhook::Form::v5))
    return;
  for (auto& [id, digest] : expected.left) digest.reset();
  if (!expected.open.empty())
    throw Failure(
        Cause::incomplete,
        fmt::format("an earlier run was cut off ({}) that used the other API of {}; nothing was changed",
                    printable(path.string()), printable(target_.account.name)),
        fmt::format("run the same command again by that API: --dest-api {}",
                    target_.api.form() == webhook::Form::v5 ? "v1" : "v5"));
}

ExpectedState Run::expected(const std::vector<fs::path>& ledgers) {
  ExpectedState out;
  out.settle = settings_.settle;
  for (const auto& path : ledgers) {
    const auto runs = ledgers_.read(path);
    auto its = expectations(*runs, settings_.settle, ledger::uptime_ms());
    forget_other_form(its, *runs, path);
    std::map<std::int64_t, std::string> uuids;
    for (const auto& run : *runs)
      for (const auto& entry : run.entries)
        if (entry.destination_id) uuids[*entry.destination_id] = entry.destination_uuid;
    target_.api.remember(uuids);
    if (const auto* damaged = damaged_open_entry(its.open))
      throw Failure(Cause::bad_data,
                    fmt::format("{} is damaged: it does not hold what the last run sent as webhook {}, whose "
                                "outcome is open",
                                printable(path.string()), damaged->n),
                    "move it away; what that run left open is then not looked for");
    if (is_open(*runs))
      observer_.note("An earlier run was cut off (" + printable(path.string()) +
                     "); waiting until everything it sent is visible.");
    if (path == ledgers.front()) {
      if (memory_.ledger) last_runs_ = runs;
      out = std::move(its);
    } else {  // What an earlier run left may be gone long since.
      out.open.insert(out.open.end(), its.open.begin(), its.open.end());
      out.settle = std::max(out.settle, its.settle);
    }
  }
  std::set<std::string> waited;
  for (const auto& path : unknown_) {
    const auto runs = ledgers_.read(path);
    if (!is_open(*runs)) continue;
    const auto& known = *waited.insert(fmt::format("{} {}", path.string(), runs->size())).first;
    if (memory_.waited.contains(known)) continue;
    out.wait_for_others = true;
    out.settle = std::max(out.settle, expectations(*runs, settings_.settle, ledger::uptime_ms()).settle);
    observer_.note("An earlier run at this server, with another key, was cut off (" +
                   printable(path.string()) + "); waiting until everything it sent is visible.");
  }
  memory_.waited = std::move(waited);
  return out;
}

/// An account that was empty before that run, was not written to from here under this key, and shows nothing
/// but webhooks that the run sent, none of them older than the run.
bool Run::shows_what_was_sent(const ledger::LedgerRun& run,
                              const std::vector<webhook::Webhook>& reading) const {
  constexpr std::int64_t a_day = 86'400;  // The clocks of two machines differ.
  const auto& identity = target_.account.identity;
  if (!run.header.present.empty() || reading.empty() || !ledger::never_seen(identity)) return false;
  if (have_common(run.header.source_names, ledger::file_names(identity))) return false;
  std::multiset<webhook::Identity> sent;
  for (const auto& entry : run.entries)
    if (entry.state != ledger::LedgerEntry::State::planned) sent.insert(entry.identity);
  return std::ranges::all_of(reading, [&](const webhook::Webhook& webhook) {
    const auto document = json::Document::over(webhook.text.view());
    const auto created = document.root().find(webhook::member::created_at);
    const auto oldest = utc_text(run.began / 1'000 - a_day, "%Y-%m-%d");
    if (created && created->string() < oldest) return false;
    const auto found = sent.find(webhook.identity);
    return found != sent.end() && (sent.erase(found), true);
  });
}

/// Whether the account shows a webhook that these runs left there, by its UUID.
bool Run::shows_uuid_of(const std::vector<ledger::LedgerRun>& runs) const {
  return std::ranges::any_of(runs, [&](const ledger::LedgerRun& run) {
    return std::ranges::any_of(
        run.entries, [&](const auto& entry) { return shown_uuids_.contains(entry.destination_uuid); });
  });
}

/// A run that goes on has not ended: were it of this account, its lock would be known, or no wait would help.
void Run::adopt_ledgers(const std::vector<webhook::Webhook>& reading) {
  for (const auto& path : ledger::ledgers_of_perhaps_the_same(target_.account.identity)) {
    if (ledger::is_written_to(path)) continue;
    const auto runs = ledgers_.read(path);
    const auto& company = runs->back().header.destination.identity.company;
    const bool own = is_own(runs->back().header.destination) || shows_uuid_of(*runs) ||
                     (company.empty() && shows_what_was_sent(runs->back(), reading));
    (own ? adopted_ : unknown_).push_back(path);
    if (!own) continue;
    for (const auto& run : *runs) memory_.use(path, works_of(run.header));
    if (!memory_.ledger) memory_.ledger = path;
  }
}

void Run::drive(Reconciliation& machine, std::vector<webhook::Webhook> first, Time began) {
  const auto throw_interrupted = [] {
    throw Failure(Cause::interrupted, "interrupted; nothing was changed", "");
  };
  std::optional<std::vector<webhook::Webhook>> at_hand = std::move(first);
  bool has_paused = false;
  auto start = present_moment();
  start.now = began;
  auto instructions = machine.step(start, Started{});
  while (!machine.finished()) {
    const auto instruction = instructions.at(0);
    Event event = Elapsed{};
    if (const auto* ask = std::get_if<Ask>(&instruction)) {
      event = Asked{ask->id, target_.api.find(ask->id)};
      if (target_.executor.interrupted()) throw_interrupted();
    } else if (const auto* pause = std::get_if<Pause>(&instruction)) {
      if (!has_paused && machine.waiting() == Reconciliation::Waiting::stale_reading)
        observer_.note(
            fmt::format("{} does not show what the last run left there yet; rereading for up to {} s.",
                        printable(target_.account.name), (settings_.settle.count() + 999) / 1000));
      has_paused = true;
      const auto left = Milliseconds(pause->until - present_moment().now);
      if (left.count() > 0 && !target_.executor.wait(left)) throw_interrupted();
    } else {
      const auto asked_at = at_hand ? began : present_moment().now;
      present_ = at_hand ? std::move(*at_hand) : read();
      present_began_ = asked_at;
      at_hand.reset();
      event = snapshot_of(present_, asked_at);
    }
    instructions = machine.step(present_moment(), event);
  }
}

Failure Run::failure_of_stop(const Reconciliation::Stop& stop) const {
  using Why = Reconciliation::Stop::Why;
  const auto where = printable(target_.account.name);
  const auto& not_shown = stop.not_shown;
  if (stop.why == Why::short_of)
    return {Cause::incomplete,
            fmt::format("{} does not list the webhook with id {}, which is there when it is asked for alone; "
                        "nothing was changed",
                        where, not_shown.front()),
            "a plan cannot be based on an incomplete list; try again later"};
  std::string what;
  if (stop.why == Why::shrunk) {
    const auto shown = stop.expected - not_shown.size();
    what = fmt::format("{} shows {} of the {} that it held after the last run", where,
                       shown == 0 ? "none" : fmt::format("only {}", shown), plural(stop.expected, "webhook"));
  } else if (stop.why == Why::unsure) {
    const bool one = not_shown.size() == 1;
    what = fmt::format(
        "{} does not list {} that {} there, and it is unknown whether {} deleted or the list is short", where,
        plural(not_shown.size(), "webhook"), one ? "was" : "were", one ? "it is" : "they are");
  } else {
    what = not_whole_text(target_.account.name, not_shown, stop.unseen) +
           "; what the earlier run left open stays open, and nothing was changed";
  }
  if (stop.why == Why::shrunk || stop.why == Why::unsure) what += "; nothing was changed";
  return {Cause::incomplete, what, "check the key and the account, and try again later",
          Remedy::accept_what_is_gone};
}

/// Writes into the ledger what the reading says of its open entries.
void Run::close(const fs::path& path, const std::vector<ledger::LedgerRun>& runs) const {
  ledger::LedgerWriter ledger(path, &ledgers_);
  const auto snapshot = snapshot_of(present_, 0);
  const auto& last = runs.back();
  std::vector<std::size_t> all_entries(last.entries.size());
  std::iota(all_entries.begin(), all_entries.end(), std::size_t{0});
  for (const auto& record : recover(last, snapshot.webhooks).records)
    write_record(ledger, record, all_entries);
  const auto& company = target_.account.identity.company;
  if (last.header.destination.identity.company.empty() && !company.empty()) ledger.company(company);
  ledger.end(true, 1);
}

void Run::read_again(const std::function<bool(const std::vector<webhook::Webhook>&)>& same_plan) {
  const auto began = present_moment().now;
  auto now = read();
  // A webhook that was changed and changed back holds the same. Delivery looks for that with another
  // snapshot.
  if (std::ranges::equal(now, present_, {}, &webhook::Webhook::updated_at, &webhook::Webhook::updated_at))
    present_began_ = began;
  if (digests_of(now) == digests_of(present_)) return;
  if (!same_plan(now))
    throw Failure(
        Cause::incomplete,
        printable(target_.account.name) + " has changed while the question waited; nothing was written",
        "run the same command again to see the plan as it is now");
  present_ = std::move(now);
}

ledger::KnownOfAccount Run::known() const {
  auto out =
      ledger::known_after({memory_.alterations, memory_.ambiguous, memory_.copies}, *last_runs_, present_);
  std::erase_if(out.copies, [&](const auto& copy) { return memory_.accepted.contains(copy.id); });
  return out;
}

std::optional<fs::path> Run::unfinished_ledger(const ledger::LedgerHeader& header) const {
  for (auto known = memory_.ledgers.rbegin(); known != memory_.ledgers.rend(); ++known) {
    if (!known->works.empty() && !have_common(known->works, works_of(header))) continue;
    const auto runs = ledgers_.find(known->path);
    if (runs == nullptr) continue;
    for (auto run = runs->rbegin(); run != runs->rend() && !run->is_undo(); ++run) {
      const auto& its = run->header;
      const bool same_source = its.source_names.empty() ? its.source == header.source
                                                        : have_common(its.source_names, header.source_names);
      if (its.command != header.command || !same_source || !(run->begun() || run->complete())) continue;
      return run->complete() ? std::nullopt : std::optional(known->path);
    }
  }
  return std::nullopt;
}

std::optional<std::int64_t> Run::began_plan(const std::string& digest) const {
  const auto found = memory_.plans.find(digest);
  return found == memory_.plans.end() ? std::nullopt : std::optional(found->second);
}

std::optional<std::size_t> Run::last_count_of(const std::vector<std::string>& names) const {
  for (const auto& name : names)
    if (const auto found = memory_.sources.find(name); found != memory_.sources.end()) return found->second;
  return std::nullopt;
}

void Run::mirrors(const std::vector<std::string>& names, std::size_t count) {
  for (const auto& name : names) memory_.sources[name] = count;
}

void Run::remember() const {
  auto state = memory_;
  auto kept = known();
  state.alterations = std::move(kept.alterations);
  state.ambiguous = std::move(kept.ambiguous);
  state.copies = std::move(kept.copies);
  ledger::save_destination_state(target_.account.identity, std::move(state));
}

plan::Outcome Run::execute(ledger::LedgerWriter& ledger, ledger::LedgerHeader header,
                           const plan::Plan& plan) {
  auto work = work_of(plan);
  accept_copies();
  header.destination = target_.account;
  header.settle = settings_.settle.count();
  header.server_time = target_.api.server_now();
  AccountBefore before{digests_of(present_), present_began_, gone_, std::move(work.relied_on)};
  header.present.clear();
  for (const auto& [id, digest] : before.present) header.present.push_back(id);
  memory_.number = ledger::next_run_number(ledgers_);
  ledger.run(header, memory_.number);
  for (const auto& entry : work.entries) ledger.webhook(entry);
  work.entries = std::vector<ledger::LedgerEntry>();  // they are written; = {} would keep their memory
  ledger.sync();
  if (!header.plan.empty()) memory_.plans[header.plan] = now_ms();
  constexpr auto longest = std::chrono::milliseconds(plan::longest_plan_age).count();
  std::erase_if(memory_.plans, [&](const auto& one) { return one.second + longest < now_ms(); });
  // A run that writes nothing does not take the place of one that did while a reading may lag behind that.
  const bool in_its_place = !work.tasks.empty() || !memory_.ledger || present_moment().now >= fresh_until_ ||
                            same_file(ledger.path(), *memory_.ledger);
  if (in_its_place) memory_.ledger = ledger.path();
  memory_.use(ledger.path(), works_of(header));
  remember();
  if (!target_.api.is_bulk()) settings_.batch_size = 1;
  settings_.deletions_last_of_all = !plan.is_undo && plan.count(ledger::Action::remove) > 0;
  const auto executed =
      delivery::execute(target_, settings_, observer_, ledger, work.tasks, std::move(before));
  company_ = executed.company;
  for (const auto& [kind, id, identity] : executed.findings)
    if (kind == Delivery::VerificationFinding::Kind::copy) new_copies_.push_back({id, identity});
  auto out = outcome_of(plan, work, executed);
  report_copies(out);
  return out;
}

void Run::accept_copies() {
  const auto copies = known().copies;
  for (const auto id : settings_.accepted) {
    const bool is_copy = memory_.accepted.contains(id) ||
                         std::ranges::find(copies, id, &ledger::KnownCopy::id) != copies.end();
    if (!is_copy)
      observer_.warn(fmt::format("--accept {}: {} has no copy with this id that a run reported", id,
                                 printable(target_.account.name)));
    else
      memory_.accepted.insert(id);
  }
}

/// Copies that earlier runs found, unless this one deleted them.
void Run::report_copies(plan::Outcome& outcome) const {
  for (const auto& [id, identity] : known().copies) {
    const auto is_deleted = [&, id = id](const plan::WebhookOutcome& one) {
      return one.state == plan::WebhookOutcome::State::deleted && one.destination_id == id;
    };
    if (std::ranges::any_of(outcome.webhooks, is_deleted)) continue;
    outcome.findings.push_back(fmt::format(
        "{} with id {} is a copy that an earlier run found; delete it, or accept it with --accept {}",
        webhook::describe(identity), id, id));
  }
}

std::optional<Failure> Run::end(ledger::LedgerWriter& ledger, const plan::Outcome& outcome) {
  try {
    const bool learned = target_.account.identity.company.empty() && !company_.empty();
    if (learned) ledger.company(company_);
    for (const auto& copy : new_copies_) ledger.copy(copy);
    ledger.end(outcome.settled, static_cast<int>(plan::exit_of(outcome)));
    if (!learned) return std::nullopt;
    target_.account.identity.company = company_;
    memory_.ledger = ledger.path();
    remember();
  } catch (const Failure& failure) {
    return failure;
  }
  return std::nullopt;
}

bool Run::is_own(const ledger::Account& then) const {
  const auto& [server, key, company] = target_.account.identity;
  if (!company.empty() && !then.identity.company.empty()) return company == then.identity.company;
  return then.identity.key.empty() ? then.url == target_.account.url
                                   : then.identity.key == key || settings_.has_same_key(then);
}

void Run::require_own(const fs::path& ledger) const {
  const auto runs = ledger.empty() ? nullptr : ledgers_.find(ledger);
  if (runs == nullptr || is_own(runs->back().header.destination) || shows_uuid_of(*runs)) return;
  const auto& its = runs->back().header.destination;
  throw Failure(Cause::usage,
                "the ledger " + printable(ledger.string()) + " is of another destination, " +
                    printable(its.name) + " at " + printable(its.url),
                "name another file, or the account that it is of");
}

}  // namespace hookferry::delivery
