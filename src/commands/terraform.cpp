#include <algorithm>
#include <filesystem>
#include <map>
#include <set>

#include "commands/source.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "report/terraform.hpp"

namespace hookferry::commands {
namespace {

namespace fs = std::filesystem;

constexpr std::string_view secrets_file = "secrets.auto.tfvars.json";

struct Input {
  std::vector<webhook::Webhook> webhooks{};     ///< of the whole account or file
  const region::Region* region = nullptr;       ///< where known
  std::optional<std::set<std::int64_t>> ids{};  ///< of those that a ledger's runs wrote
};

std::set<std::int64_t> ids_written(const std::vector<ledger::LedgerRun>& runs) {
  using State = ledger::LedgerEntry::State;
  std::set<std::int64_t> out;
  for (const auto& run : runs)
    for (const auto& entry : run.entries) {
      const bool writes = entry.action == ledger::Action::create || entry.action == ledger::Action::update;
      const bool is_there = entry.state == State::arrived || entry.state == State::accepted;
      if (!run.is_undo() && writes && is_there && entry.destination_id) out.insert(*entry.destination_id);
    }
  return out;
}

/// The provider reads webhooks by v5. What v5 shows replaces the webhook of v1 with the same number.
void take_from_v5(Context& context, const OpenAccount& account, const api::AccountApi::Needed& needed,
                  std::vector<webhook::Webhook>& webhooks) {
  const auto newer = newer_api(context, account);
  std::map<std::int64_t, webhook::Webhook> by_number;
  try {
    for (auto& webhook : newer->list(api::AccountApi::Purpose::take, needed))
      if (webhook.id) by_number.emplace(*webhook.id, std::move(webhook));
  } catch (const Failure& failure) {
    if (failure.cause == Cause::interrupted) throw;
    context.warn("the account cannot be read by v5, which has the ids for imports.tf: " + line_of(failure));
  }
  for (auto& webhook : webhooks)
    if (const auto found = by_number.find(webhook.id.value_or(0)); webhook.id && found != by_number.end())
      webhook = found->second;
}

Input read_input(Context& context) {
  const auto name = context.arguments.empty() ? std::string() : context.arguments[0];
  if (name.empty() && !context.options.last)
    throw Failure(Cause::usage, "terraform needs an account, a file, a ledger or --last",
                  "hookferry help terraform");
  const bool is_number = std::ranges::all_of(name, is_digit) && !is_named(context, name);
  const bool is_ledger = name.ends_with(".jsonl");
  std::optional<std::vector<ledger::LedgerRun>> runs;
  if (context.options.last || is_number) {
    runs = one_ledger(context, name);
  } else if (is_ledger || accounts::is_file_source(name, context.config, context.regions)) {
    auto text = read_file(name, "the webhooks of");
    if (!is_ledger && !text.starts_with(R"({"event":)"))  // a ledger may have any name
      return {webhook::read_webhooks(std::move(text), name == "-" ? "standard input" : name)};
    runs = ledger::parse_ledger(text, name);
  }
  const auto account = runs ? open_ledgers_account(context, runs->front().header.destination)
                            : open_account(context, name, accounts::Side::only);
  Input out{{}, account.region};
  if (runs) out.ids = ids_written(*runs);
  const auto needed = [&](const webhook::Webhook& listed) {
    return selected(context.options, listed) && (!out.ids || (listed.id && out.ids->contains(*listed.id)));
  };
  out.webhooks = list_account(context, account, needed);
  if (account.api->form() == webhook::Form::v1) take_from_v5(context, account, needed, out.webhooks);
  return out;
}

/// What the ledger and the filters select. The names come from all webhooks.
std::vector<report::NamedWebhook> wanted_of(const Context& context, Input input) {
  auto wanted = input.webhooks;
  if (const auto& ids = input.ids) {
    std::erase_if(wanted, [&](const webhook::Webhook& one) { return !one.id || !ids->contains(*one.id); });
    if (const auto gone = ids->size() - wanted.size(); gone > 0)
      context.warn("the account no longer has " + plural(gone, "webhook") + " of the ledger's runs");
  }
  for (const auto& note : scope_of(context, wanted).notes) context.note(note);
  std::set<const char*> texts;  // copies of a webhook share their text
  for (const auto& webhook : select(context, std::move(wanted))) texts.insert(webhook.text.view().data());
  auto out = report::named_by_alias(std::move(input.webhooks));
  std::erase_if(out, [&](const auto& one) { return !texts.contains(one.webhook.text.view().data()); });
  return out;
}

/// Nothing if there is no such file.
std::optional<std::string> content_of(const fs::path& file) {
  return is_there(file) ? std::optional(read_file(file.string(), "the existing file")) : std::nullopt;
}

/// Adds a line for the secrets to the folder's .gitignore, which keeps its mode.
void ignore_secrets(const fs::path& folder) {
  const auto file = folder / ".gitignore";
  auto text = content_of(file);
  const bool is_new = !text;
  if (is_new) text.emplace();
  const auto lines = split(*text, '\n');
  if (std::ranges::any_of(lines, [](std::string_view line) { return trimmed(line) == secrets_file; })) return;
  if (!text->empty() && !text->ends_with('\n')) *text += '\n';
  const auto mode = is_new ? fs::perms::owner_read | fs::perms::owner_write : fs::status(file).permissions();
  write_file(file.string(), *text + std::string(secrets_file) + "\n");
  fs::permissions(file, mode);
}

/// What is empty is written only in the place of an earlier file, which would no longer be true.
void write_folder(const Context& context, const report::TerraformFiles& files, const std::string& provider) {
  const fs::path folder = context.options.output;
  const auto refuse = [](const fs::path& file, const char* why, const char* hint) {
    throw Failure(Cause::cannot_write, printable(file.string()) + " " + why + "; nothing was written", hint);
  };
  std::vector<std::pair<fs::path, std::string>> texts;
  const auto add = [&](const char* name, const std::string& text) {
    const auto file = folder / name;
    const auto there = content_of(file);
    const bool is_own = there && report::has_terraform_digest(*there);
    if (text.empty() && !is_own) return;
    if (there && !is_own && !context.options.force)
      refuse(file, "was edited, or hookferry did not write it",
             "name another folder with -o, or overwrite it with --force");
    texts.emplace_back(file, report::with_terraform_digest(text));
  };
  add("variables.tf", files.variables);
  if (!provider.empty()) add("provider.tf", provider);
  add("webhooks.tf", files.webhooks);
  add("imports.tf", files.imports);
  const auto secrets = folder / secrets_file;
  const auto old_secrets = content_of(secrets);
  const bool are_own = old_secrets && report::is_terraform_secrets(*old_secrets);
  if (old_secrets && !are_own && !files.secrets.empty())
    refuse(secrets, "holds variables that are not hookferry's", "move them to a file of another name");
  make_directory(folder);
  if (!files.secrets.empty() || are_own) {
    ignore_secrets(folder);
    write_file(secrets.string(), files.secrets.empty() ? "{}\n" : files.secrets);
  }
  for (const auto& [file, text] : texts) write_file(file.string(), text);
}

}  // namespace

Exit run_terraform(Context& context) {
  auto input = read_input(context);
  const auto provider = context.options.no_provider ? "" : report::terraform_provider(input.region);
  const auto files =
      report::render_terraform(wanted_of(context, std::move(input)), context.options.inline_secrets);
  for (const auto& warning : files.warnings) context.warn(warning);
  for (const auto& webhook : files.left_out) context.tell_all("hookferry: error: left out: " + webhook);
  const auto without_import = files.resources - files.import_blocks;
  if (without_import > 0)
    context.warn(plural(without_import, "webhook") + " " + (without_import == 1 ? "has" : "have") +
                 " no import block, because v5's id is not known");
  if (const auto failure = strict_failure(context, {})) throw Failure(*failure);
  if (context.options.output == "-") {
    std::string text;
    for (const auto& part : {files.webhooks, files.imports, files.variables, provider})
      text += (text.empty() || part.empty() ? "" : "\n") + part;
    context.put(text);
    if (files.secret_values > 0)
      context.note(plural(files.secret_values, "secret") + " not shown; -o DIR writes them to " +
                   std::string(secrets_file));
  } else {
    write_folder(context, files, provider);
    context.note("Wrote " + plural(files.resources, "resource") + ", " +
                 plural(files.import_blocks, "import block") + " and " +
                 plural(files.secret_values, "secret") + " to " + printable(context.options.output));
  }
  return files.left_out.empty() ? Exit::done : Exit::incomplete;
}

}  // namespace hookferry::commands
