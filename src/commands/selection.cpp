#include <fcntl.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>

#include "commands/source.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "secrets/secrets.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::commands {
namespace {

/// Whether one value of the filter is for the webhook.
bool matches(std::string_view filter, const std::string& value, const webhook::Webhook& webhook) {
  const auto& [alias, type] = webhook.identity;
  if (filter == "type") {  // what no API could take has none
    const auto* kind = webhook::find_kind_by_name(value);
    return webhook.defect.empty() && (kind != nullptr ? kind->id == type : value == std::to_string(type));
  }
  if (filter == "id") return webhook.id && std::to_string(*webhook.id) == value;
  return glob_matches(value, alias);
}

constexpr std::array<std::string_view, 4> filters = {"only", "except", "type", "id"};

bool selects(const cli::Options& options, std::string_view filter, const webhook::Webhook& webhook) {
  const auto any = [&](const auto& values) {
    return std::ranges::any_of(values, [&](const auto& value) { return matches(filter, value, webhook); });
  };
  if (filter == "only") return options.only.empty() || any(options.only);
  if (filter == "except") return !any(options.except);
  if (filter == "type") return options.types.empty() || any(options.types);
  return options.ids.empty() || (webhook.id && options.ids.contains(*webhook.id));
}

/// "hookferry.ini:2", with its folder.
std::string place_of(const cli::Setting& setting) {
  if (setting.given) return "command line";
  const auto name = ": " + std::string(setting.option->name);
  return setting.origin.ends_with(name) ? setting.origin.substr(0, setting.origin.size() - name.size())
                                        : setting.origin;
}

/// "--except s*", or "except = s*, hookferry.ini:2": as it was said, and where.
std::string said(const cli::Setting& setting) {
  const auto name = std::string(setting.option->name);
  const auto value = printable_excerpt(secrets::mask_argument(setting.value), 60);
  if (setting.given) return "--" + name + (value.empty() ? "" : " " + value);
  auto place = place_of(setting);
  if (const auto folder = place.rfind('/'); folder != std::string::npos) place.erase(0, folder + 1);
  return name + (value.empty() ? "" : " = " + value) + ", " + place;
}

std::string said_by(const cli::Settings& settings, std::string_view option) {
  std::string out;
  for (const auto& setting : settings)
    if (setting.is(option)) out += (out.empty() ? "" : " and ") + said(setting);
  return out;
}

std::string selection_line(const Context& context, const std::vector<webhook::Webhook>& webhooks,
                           std::size_t& left_out) {
  const auto is_said = [&](std::string_view filter) { return !said_by(context.settings, filter).empty(); };
  if (std::ranges::none_of(filters, is_said)) return {};
  std::string out;
  auto left = webhooks;
  for (const auto filter : filters) {
    const auto by = said_by(context.settings, filter);
    if (by.empty()) continue;
    const auto before = left.size();
    std::erase_if(left, [&](const auto& webhook) { return !selects(context.options, filter, webhook); });
    if (left.size() < before) out += "; " + std::to_string(before - left.size()) + " left out by " + by;
  }
  left_out = webhooks.size() - left.size();
  return std::to_string(left.size()) + " of " + plural(webhooks.size(), "webhook") + " selected" + out;
}

constexpr ReadLimit overlay_limit{std::size_t{16} << 20, Cause::bad_data};
constexpr ReadLimit secret_limit{std::size_t{1} << 20, Cause::bad_data};

std::string from_environment(const transform::OverlayReference& reference) {
  if (reference.name.starts_with("HOOKFERRY_") && reference.name.ends_with("KEY"))
    throw Failure(Cause::bad_data,
                  reference.origin + ": " + printable_excerpt(reference.name, 60) +
                      " holds an API key, which cannot be copied into a webhook; nothing was changed",
                  "name another variable");
  const auto* value = std::getenv(reference.name.c_str());
  if (value == nullptr)
    throw Failure(Cause::configuration, reference.origin + ": the environment variable " +
                                            printable_excerpt(reference.name, 60) +
                                            " is not set; nothing was changed");
  return value;
}

std::string from_file(const Context& context, const transform::OverlayReference& reference) {
  const auto what = "the file for " + reference.origin + ",";
  const auto file = open_private(reference.name, O_RDONLY, what, Cause::configuration);
  auto out = read_descriptor(file.get(), reference.name, what, secret_limit);
  if (others_may_read(file.get()))
    context.warn(printable(reference.name) + " is readable by other users; run chmod 600 " +
                 printable(reference.name));
  if (out.ends_with('\n')) out.pop_back();
  if (out.ends_with('\r')) out.pop_back();
  return out;
}

}  // namespace

bool selected_by_name(const cli::Options& options, const webhook::Webhook& webhook) {
  return selects(options, "only", webhook) && selects(options, "except", webhook) &&
         selects(options, "type", webhook);
}

bool selected(const cli::Options& options, const webhook::Webhook& webhook) {
  return selected_by_name(options, webhook) && selects(options, "id", webhook);
}

std::vector<webhook::Webhook> select(const Context& context, std::vector<webhook::Webhook> webhooks) {
  const auto& options = context.options;
  const auto all = webhooks.size();
  if (!options.mirror)
    for (const auto& warning : unmatched_filters(context, webhooks, true)) context.warn_always(warning);
  std::erase_if(webhooks, [&](const webhook::Webhook& webhook) { return !selected(options, webhook); });
  if (webhooks.empty() && all > 0)
    context.warn("none of the source's " + std::to_string(all) +
                 " webhooks is selected by --only, --except, --type and --id");
  return webhooks;
}

std::vector<std::string> unmatched_filters(const Context& context,
                                           const std::vector<webhook::Webhook>& webhooks, bool is_source) {
  std::vector<std::string> out;
  for (const auto& setting : context.settings) {
    if (setting.option->part != cli::PlanPart::selection) continue;
    const bool by_alias = setting.is("only") || setting.is("except");
    // --type a,b names two types.
    const auto parts = by_alias ? std::vector<std::string_view>{setting.value} : split(setting.value, ',');
    for (const auto part : parts) {
      auto one = setting;
      one.value = part;
      if (setting.is("id") && !is_source) continue;
      if (std::ranges::none_of(webhooks, [&](const auto& webhook) {
            return matches(setting.option->name, one.value, webhook);
          }))
        out.push_back("no webhook " + std::string(setting.is("id") ? "of the source " : "") + "matches " +
                      said(one));
    }
  }
  return out;
}

void warn_of_unmatched_rewrites(const Context& context, const std::vector<webhook::Webhook>& webhooks) {
  const auto matches = [&](const region::HostRewrites& rule) {
    bool found = false;
    for (const auto& webhook : webhooks) {
      if (found) break;
      if (!webhook.defect.empty()) continue;
      const auto document = json::Document::over(webhook.text.view());
      transform::visit_strings(document.root(), [&](std::string_view text) {
        for (const auto& url : rule.urls_of(text)) found = found || !url.edits.empty();
      });
    }
    return found;
  };
  for (const auto& setting : context.settings) {
    const bool is_host = setting.is("rewrite-host");
    if (!is_host && !setting.is("rewrite-prefix")) continue;
    cli::Options only;
    cli::set_option(only, setting);
    region::HostRewrites rule;
    // A host that becomes itself is rewritten to nothing else, but it matches.
    for (const auto& [from, to] : only.rewrite_hosts) rule.add(from, "match.invalid");
    for (const auto& [from, to] : only.rewrite_prefixes) {
      auto elsewhere = to;
      elsewhere.host = "match.invalid";
      rule.add_prefix(from, elsewhere);
    }
    if (!matches(rule)) context.warn_always("no URL matches " + said(setting));
  }
}

report::Scope scope_of(const Context& context) {
  report::Scope out;
  out.command = context.command;
  if (holds(std::array{"diff", "migrate", "mirror", "apply"}, context.command))
    out.mode = context.options.mirror ? "mirror" : "migrate";
  else if (holds(std::array{"import", "undo"}, context.command))
    out.mode = context.command;
  for (const auto& setting :
       cli::changed_from_default(context.options.mirror ? "mirror" : context.command, context.settings)) {
    const auto& option = *setting.option;
    auto& list = option.part == cli::PlanPart::selection ? out.filters : out.options;
    const bool is_flag = option.argument.empty();
    if (option.part != cli::PlanPart::mode)
      list.push_back({std::string(option.name),
                      is_flag ? "" : printable(secrets::mask_argument(setting.value)), place_of(setting)});
  }
  return out;
}

report::Scope scope_of(const Context& context, const std::vector<webhook::Webhook>& webhooks) {
  auto out = scope_of(context);
  if (auto line = selection_line(context, webhooks, out.left_out); !line.empty())
    out.notes.push_back(std::move(line));
  for (const auto& setting : context.settings) {
    const bool is_rule = setting.option->part == cli::PlanPart::rules;  // other lines tell the other parts
    if (is_rule && !setting.given && setting.value != "false")
      out.notes.push_back("in force: " + said(setting));
  }
  return out;
}

transform::Overlay read_overlays(const Context& context) {
  transform::Overlay out;
  for (const auto& file : context.options.overlays) {
    auto rules = transform::parse_overlay(
        read_private(file, "the overlay", overlay_limit, Cause::configuration), file,
        [&](const transform::OverlayReference& reference) {
          return reference.kind == transform::OverlayReference::Kind::env ? from_environment(reference)
                                                                          : from_file(context, reference);
        });
    out.insert(out.end(), std::make_move_iterator(rules.begin()), std::make_move_iterator(rules.end()));
  }
  return out;
}

}  // namespace hookferry::commands
