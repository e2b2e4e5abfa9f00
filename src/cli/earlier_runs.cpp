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

}  // namespace

std::string destination_identity(const OpenAccount& account) {
  return account.place.endpoint.url() + "\n" + std::string(account.key.reveal());
}

void require_two_accounts(const Source& source, const OpenAccount& destination) {
  if (source.account && destination_identity(*source.account) == destination_identity(destination))
    throw Failure(Exit::usage, "source and destination are one and the same account (address and key)",
                  "name two accounts, or give each side its own key");
}

std::vector<Webhook> read_settled(Context& context, OpenAccount& destination, const std::string& ledger) {
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
  std::error_code ignored;
  if (last) look_at(*last, runs_of(*last, &context));
  const bool another = !ledger.empty() && !holds_no_run(ledger) &&
                       (!last || !std::filesystem::equivalent(ledger, *last, ignored));
  if (another) look_at(ledger, read_ledger(ledger));

  if (wait.count() > 0 && !destination.client->wait(wait))
    throw Failure(Exit::interrupted, "interrupted; nothing was changed", "");
  auto webhooks = destination.api->list(WebhooksApi::Purpose::plan);
  sort_by_id(webhooks);
  for (const auto& path : open) close_ledger(path, webhooks);
  return webhooks;
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
