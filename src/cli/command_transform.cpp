#include "cli/commands.hpp"
#include "cli/stages.hpp"
#include "core/files.hpp"

namespace hookferry {
namespace {

AccountPlace destination_place(const Context& context) {
  AccountPlace out;
  if (context.options.dest_region.empty()) return out;
  out.region = &find_region(context.options.dest_region, context.regions, "--dest-region");
  return out;
}

}  // namespace

Exit run_transform(Context& context) {
  const auto destination = destination_place(context);
  Source source;
  source.name = context.arguments.empty() ? "-" : context.arguments[0];
  if (!context.options.source_region.empty())
    source.region = &find_region(context.options.source_region, context.regions, "--source-region");
  const auto webhooks = select(context, read_source(context, source));
  const auto transformed =
      transform(webhooks, transform_rules(context, source.region, destination, webhooks));
  std::vector<Webhook> out;
  bool all_sound = true;
  for (const auto& [webhook, source_id, warnings, provenance] : transformed) {
    for (const auto& warning : warnings) context.warn(describe(webhook) + ": " + warning);
    if (webhook.defect.empty()) {
      out.push_back(webhook);
    } else {
      all_sound = false;
      context.tell_all("hookferry: error: " + describe(webhook) + " is left out: " + webhook.defect);
    }
  }
  require_no_warnings(context, {});
  write_file(context.options.output, write_webhooks(out));
  if (const auto rewritten = count_rewrites(transformed); rewritten.hosts > 0)
    context.note(describe(rewritten) + ".");
  return all_sound ? Exit::done : Exit::incomplete;
}

}  // namespace hookferry
