#include "cli/earlier_runs.hpp"

#include <algorithm>

#include "core/printable.hpp"
#include "ledger/destination_memory.hpp"
#include "ledger/ledger.hpp"
#include "migration/recovery.hpp"
#include "migration/undo_plan.hpp"

namespace hookferry {
namespace {

/// The runs of a ledger that an earlier run has left, none where it cannot be read: `told` says so then.
std::vector<LedgerRun> runs_of(const std::filesystem::path& ledger, const Context* told = nullptr) {
  try {
    return read_ledger(ledger);
  } catch (const Failure& failure) {
    if (told != nullptr)
      told->warn("the last run's ledger cannot be read, so it is not known what it left open: " +
                 std::string(failure.what()));
    return {};
  }
}

Milliseconds until(std::int64_t then) { return Milliseconds(std::max<std::int64_t>(0, then - now_ms())); }

void wait_or_throw(OpenAccount& destination, Milliseconds time) {
  if (time.count() > 0 && !destination.client->wait(time))
    throw Failure(Exit::interrupted, "interrupted; nothing was changed", "");
}

std::vector<Webhook> read_plan(OpenAccount& destination) {
  auto out = destination.api->list(WebhooksApi::Purpose::plan);
  sort_by_id(out);
  return out;
}

/// A reading that lags and does not show yet what a run has done a moment ago would have it done twice, or
/// not taken back.
SettledReading read_as_left(const Context& context, OpenAccount& destination,
                            const std::vector<LedgerRun>& last_runs) {
  SettledReading out;
  const auto left = time_until_shown(last_runs, context.options.settle, now_ms());
  out.quiet_from = now_ms() + left.count();
  out.webhooks = read_plan(destination);
  if (left.count() == 0 || as_left(last_runs, known_alterations(destination, out.webhooks), out.webhooks))
    return out;
  context.note(printable(destination.place.label) +
               " is not (yet) to be seen as the last run left it a moment ago; reading it again.");
  wait_or_throw(destination, until(out.quiet_from));
  out.webhooks = read_plan(destination);
  return out;
}

}  // namespace

std::string destination_identity(const OpenAccount& account) {
  return account.place.endpoint.url() + "\n" + std::string(account.key.reveal());
}

void require_two_accounts(const Source& source, const OpenAccount& destination) {
  if (source.account && destination_identity(*source.account) == destination_identity(destination))
    throw Failure(Exit::usage, "source and destination are one and the same account (address and key)",
                  "name two accounts, or give each side its own key");
}

SettledReading read_settled(Context& context, OpenAccount& destination, const std::string& ledger) {
  std::vector<std::filesystem::path> open;
  Milliseconds wait{0};
  const auto look_at = [&](const std::filesystem::path& path, const std::vector<LedgerRun>& runs) {
    const auto left = time_until_settled(runs, context.options.settle, now_ms());
    if (!left) return;
    open.push_back(path);
    wait = std::max(wait, *left);
    context.note("An earlier run ended with writes open (" + printable(path.string()) +
                 "); waiting until all of them must be to be seen.");
  };
  const auto last = recall(destination_identity(destination)).ledger;
  std::vector<LedgerRun> last_runs;
  if (last) look_at(*last, last_runs = runs_of(*last, &context));
  std::error_code ignored;
  const bool another = !ledger.empty() && !holds_no_run(ledger) &&
                       (!last || !std::filesystem::equivalent(ledger, *last, ignored));
  if (another) {
    const auto runs = read_ledger(ledger);
    look_at(ledger, runs);
    if (!last) last_runs = runs;
  }

  wait_or_throw(destination, wait);
  const auto reading = read_as_left(context, destination, last_runs);
  for (const auto& path : open) close_ledger(path, reading.webhooks);
  return reading;
}

void wait_until_quiet(const Context& context, OpenAccount& destination, const SettledReading& reading) {
  const auto left = until(reading.quiet_from);
  if (left.count() == 0) return;
  context.note(
      "The last run ended a moment ago; waiting until no reading can show what was there before it.");
  wait_or_throw(destination, left);
}

std::vector<KnownAlteration> known_alterations(const OpenAccount& destination,
                                               const std::vector<Webhook>& reading) {
  auto memory = recall(destination_identity(destination));
  if (memory.ledger) {
    const auto newer = known_alterations(runs_of(*memory.ledger));
    memory.alterations.insert(memory.alterations.end(), newer.begin(), newer.end());
  }
  return still_true(memory.alterations, reading);
}

std::size_t missing_since_last_run(const OpenAccount& destination, const std::vector<Webhook>& reading) {
  const auto last = recall(destination_identity(destination)).ledger;
  return last ? all_are_missing(runs_of(*last), reading) : 0;
}

void remember_run(const OpenAccount& destination, const std::filesystem::path& ledger,
                  const std::vector<KnownAlteration>& known) {
  remember(destination_identity(destination), {ledger, known});
}

}  // namespace hookferry
