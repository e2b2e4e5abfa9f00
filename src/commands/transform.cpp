#include <unistd.h>

#include <algorithm>
#include <span>

#include "commands/source.hpp"
#include "core/files.hpp"

namespace hookferry::commands {
namespace {

/// What was seen of the webhooks on their way.
struct Tally {
  transform::RewriteCount rewritten;
  bool all_sound = true;
};

void tell(const Context& context, const std::vector<transform::TransformedWebhook>& webhooks, Tally& tally) {
  for (const auto& [webhook, source_id, warnings, provenance, source_uuid] : webhooks) {
    for (const auto& warning : warnings) context.warn(webhook::describe(webhook) + ": " + warning);
    if (webhook.defect.empty()) continue;
    tally.all_sound = false;
    context.tell_all("hookferry: error: " + webhook::describe(webhook) +
                     " is left out: " + webhook.defect.str());
  }
  const auto [hosts, in_webhooks] = transform::count_rewrites(webhooks);
  tally.rewritten.hosts += hosts;
  tally.rewritten.webhooks += in_webhooks;
}

std::vector<webhook::Webhook> sound_ones(std::vector<transform::TransformedWebhook> webhooks) {
  std::vector<webhook::Webhook> out;
  out.reserve(webhooks.size());
  for (auto& [webhook, source_id, warnings, provenance, source_uuid] : webhooks)
    if (webhook.defect.empty()) out.push_back(std::move(webhook));
  return out;
}

/// Part by part, so that of many webhooks only some are held transformed.
void transform_in_parts(std::span<const webhook::Webhook> webhooks, const transform::TransformRules& rules,
                        const std::function<void(std::vector<transform::TransformedWebhook>)>& take) {
  constexpr std::size_t part = 4096;
  const transform::Namesakes namesakes(webhooks);
  for (; !webhooks.empty(); webhooks = webhooks.subspan(std::min(part, webhooks.size())))
    take(transform::transform(webhooks.first(std::min(part, webhooks.size())), rules, namesakes));
}

}  // namespace

Exit run_transform(Context& context) {
  accounts::AccountPlace destination;
  if (const auto& region = context.options.dest_region; !region.empty())
    destination.region = &accounts::find_region(region, context.regions, "--dest-region");
  Source source;
  source.account.name = context.arguments.empty() ? "-" : context.arguments[0];
  if (!context.options.source_region.empty())
    source.region = &accounts::find_region(context.options.source_region, context.regions, "--source-region");
  if (source.account.name == "-" && ::isatty(STDIN_FILENO) != 0)
    context.note("Reading webhooks from the terminal; end with Ctrl-D, or name a file.");
  const auto webhooks = select(context, read_source(context, source, nullptr));
  warn_of_unmatched_rewrites(context, webhooks);
  auto rules = transform_rules(context, source.region, destination, webhooks);
  rules.form = context.options.to;
  Tally tally;
  // With --strict nothing may be written before all that there is to be told is known.
  const bool told_before = context.options.strict;
  if (told_before) transform_in_parts(webhooks, rules, [&](const auto& part) { tell(context, part, tally); });
  if (const auto failure = strict_failure(context, {})) throw Failure(*failure);
  write_file(context.options.output, [&](const Write& write) {
    webhook::WebhooksWriter writer(write);
    transform_in_parts(webhooks, rules, [&](auto part) {
      if (!told_before) tell(context, part, tally);
      writer.add(sound_ones(std::move(part)));
    });
    writer.end();
  });
  if (tally.rewritten.hosts > 0) context.note(transform::describe(tally.rewritten) + ".");
  return tally.all_sound ? Exit::done : Exit::incomplete;
}

}  // namespace hookferry::commands
