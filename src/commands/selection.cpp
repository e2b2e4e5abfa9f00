#include <fcntl.h>
#include <sys/stat.h>

#include <algorithm>
#include <array>
#include <cstdlib>
#include <iterator>
#include <set>

#include "cli/options.hpp"
#include "commands/source.hpp"
#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "secrets/secrets.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::commands {
namespace {

bool matches_any(const std::vector<std::string>& globs, const std::string& alias) {
  return std::any_of(globs.begin(), globs.end(),
                     [&](const std::string& glob) { return glob_matches(glob, alias); });
}

bool only_selects(const cli::Options& options, const webhook::Webhook& webhook) {
  return options.only.empty() || matches_any(options.only, webhook.identity.alias);
}

bool except_selects(const cli::Options& options, const webhook::Webhook& webhook) {
  return !matches_any(options.except, webhook.identity.alias);
}

/// What no API could take has no type to speak of.
bool type_selects(const cli::Options& options, const webhook::Webhook& webhook) {
  const auto& types = options.types;
  const auto type = webhook.identity.type;
  const auto is_wanted = [&](const std::string& wanted) {
    const auto* kind = webhook::find_kind_by_name(wanted);
    return kind != nullptr ? kind->id == type : wanted == std::to_string(type);
  };
  return types.empty() || (webhook.defect.empty() && std::any_of(types.begin(), types.end(), is_wanted));
}

bool id_selects(const cli::Options& options, const webhook::Webhook& webhook) {
  const auto& ids = options.ids;
  return ids.empty() || (webhook.id && ids.contains(*webhook.id));
}

struct Filter {
  std::string_view option;
  bool (*selects)(const cli::Options&, const webhook::Webhook&);
};
constexpr std::array filters = {Filter{"only", only_selects}, Filter{"except", except_selects},
                                Filter{"type", type_selects}, Filter{"id", id_selects}};

/// "--except s*", or "except = s*, hookferry.ini:2": as it was said, and where.
std::string said(const cli::Setting& setting) {
  const auto name = std::string(setting.option->name);
  const auto value = printable_excerpt(secrets::mask_argument(setting.value), 60);
  if (setting.given) return "--" + name + (value.empty() ? "" : " " + value);
  auto place = setting.origin;
  if (place.ends_with(": " + name)) place.resize(place.size() - name.size() - 2);
  if (const auto folder = place.rfind('/'); folder != std::string::npos) place.erase(0, folder + 1);
  return name + (value.empty() ? "" : " = " + value) + ", " + place;
}

std::string said_by(const cli::Settings& settings, std::string_view option) {
  std::string out;
  for (const auto& setting : settings)
    if (setting.is(option)) out += (out.empty() ? "" : " and ") + said(setting);
  return out;
}

std::string selection_line(const Context& context, const std::vector<webhook::Webhook>& webhooks) {
  const bool any = std::any_of(filters.begin(), filters.end(), [&](const Filter& filter) {
    return !said_by(context.settings, filter.option).empty();
  });
  if (!any) return {};
  std::string out;
  auto left = webhooks;
  for (const auto& [option, selects] : filters) {
    const auto by = said_by(context.settings, option);
    if (by.empty()) continue;
    const auto before = left.size();
    std::erase_if(left, [&, filter = selects](const webhook::Webhook& webhook) {
      return !filter(context.options, webhook);
    });
    if (left.size() < before) out += "; " + std::to_string(before - left.size()) + " left out by " + by;
  }
  return std::to_string(left.size()) + " of " + plural(webhooks.size(), "webhook") + " selected" + out;
}

}  // namespace

bool selected_by_name(const cli::Options& options, const webhook::Webhook& webhook) {
  return only_selects(options, webhook) && except_selects(options, webhook) && type_selects(options, webhook);
}

std::vector<webhook::Webhook> select(const Context& context, std::vector<webhook::Webhook> webhooks) {
  const auto& options = context.options;
  const auto all = webhooks.size();
  std::set<std::int64_t> there;
  for (const auto& webhook : webhooks)
    if (webhook.id) there.insert(*webhook.id);
  for (const auto id : options.ids)
    if (!there.contains(id)) context.warn("--id " + std::to_string(id) + ": the source has no such webhook");
  std::erase_if(webhooks, [&](const webhook::Webhook& webhook) {
    return !selected_by_name(options, webhook) || !id_selects(options, webhook);
  });
  if (webhooks.empty() && all > 0)
    context.warn("none of the source's " + std::to_string(all) +
                 " webhooks is selected by --only, --except, --type and --id");
  return webhooks;
}

std::vector<std::string> scope_notes_of(const Context& context,
                                        const std::vector<webhook::Webhook>& webhooks) {
  std::vector<std::string> out;
  if (auto line = selection_line(context, webhooks); !line.empty()) out.push_back(std::move(line));
  for (const auto& setting : context.settings) {
    const bool is_rule = setting.option->part == cli::PlanPart::rules;  // other lines tell the other parts
    if (is_rule && !setting.given && setting.value != "false") out.push_back("in force: " + said(setting));
  }
  return out;
}

namespace {

using Warn = std::function<void(const std::string&)>;

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

std::string from_file(const transform::OverlayReference& reference, const Warn& warn) {
  const auto what = "the file for " + reference.origin + ",";
  const auto file = open_private(reference.name, O_RDONLY, what, Cause::configuration);
  auto out = read_descriptor(file.get(), reference.name, what, secret_limit);
  struct stat facts {};
  if (::fstat(file.get(), &facts) == 0 && S_ISREG(facts.st_mode) &&
      (facts.st_mode & (S_IRGRP | S_IROTH)) != 0)
    warn("others on this machine may read " + printable(reference.name) + "; chmod 600 it");
  if (out.ends_with('\n')) out.pop_back();
  if (out.ends_with('\r')) out.pop_back();
  return out;
}

}  // namespace

transform::Overlay read_overlays(const std::vector<std::string>& files, const Warn& warn) {
  transform::Overlay out;
  for (const auto& file : files) {
    auto rules = transform::parse_overlay(
        read_private(file, "the overlay", overlay_limit, Cause::configuration), file,
        [&](const transform::OverlayReference& reference) {
          return reference.kind == transform::OverlayReference::Kind::env ? from_environment(reference)
                                                                          : from_file(reference, warn);
        });
    out.insert(out.end(), std::make_move_iterator(rules.begin()), std::make_move_iterator(rules.end()));
  }
  return out;
}

}  // namespace hookferry::commands
