#include "cli/commands.hpp"

#include <algorithm>

#include "cli/foreign_words.hpp"
#include "cli/topics.hpp"
#include "core/help_text.hpp"
#include "core/nearest.hpp"
#include "core/printable.hpp"
#include "webhook/secrets.hpp"

namespace hookferry {
namespace {

using Names = std::vector<std::string_view>;

Names joined(std::initializer_list<Names> lists) {
  Names out;
  for (const auto& list : lists) out.insert(out.end(), list.begin(), list.end());
  return out;
}

const Names common = {"config", "regions", "color", "quiet", "verbose"};
const Names network = {"timeout",     "retries",    "proxy",        "ca-file",
                       "client-cert", "client-key", "max-response", "rate"};
const Names filters = {"only", "except", "type", "id"};
const Names rewriting = {"source-region", "dest-region", "rewrite-host", "rewrite-prefix",
                         "no-rewrite",    "fresh-uuids", "overlay"};
const Names writing = {"batch-size", "concurrency", "settle", "ledger", "accept-shrunk", "yes", "dry-run"};
const Names showing = {"format", "show-secrets", "report", "strict", "no-pager"};

std::vector<CommandSpec> make_table() {
  return {
      {"migrate", "SOURCE DEST", 2, 2, "move webhooks from one account to another",
       "Reads every webhook of SOURCE (an account, or a file of exported webhooks;\n"
       "- is standard input), strips what belongs to that account, rewrites the\n"
       "region's hosts, shows what would change in DEST, asks, writes it in bulk, reads\n"
       "it back, and leaves a ledger for undo. Run again after any end, it finishes\n"
       "the job.\n",
       joined({{"source-key-file", "dest-key-file"},
               rewriting,
               {"on-conflict"},
               filters,
               writing,
               showing,
               network,
               common}),
       run_migrate},
      {"mirror", "SOURCE DEST", 2, 2, "make an account what another one is",
       "As migrate, but what differs is written over (--on-conflict update, unless\n"
       "another is named), and what only DEST has is deleted: last, once everything\n"
       "else was seen to have arrived as it was sent. undo makes it again, with new\n"
       "ids. hookferry diff --mirror, or -n here, shows the plan.\n"
       "\n"
       "Filters narrow both sides: what --only, --except and --type do not select is\n"
       "neither written nor deleted nor counted. --id names webhooks of the source,\n"
       "which say nothing of those that only DEST has: with --id nothing is deleted.\n"
       "\n"
       "It stops before it writes anything where more is to be deleted than\n"
       "--max-delete allows (100% lifts it), and where SOURCE reads empty or less than\n"
       "half of what it held when it was last mirrored to DEST (--accept-shrunk goes\n"
       "on). What an earlier run may have sent without being able to tell, what has\n"
       "the alias of an invalid webhook of SOURCE, and what could not be made again is\n"
       "told and left.\n",
       joined({{"source-key-file", "dest-key-file"},
               rewriting,
               {"on-conflict", "max-delete"},
               filters,
               writing,
               showing,
               network,
               common}),
       run_mirror},
      {"diff", "SOURCE DEST", 2, 2, "show what migrate or mirror would change; writes nothing",
       "A dry run: exactly the plan that migrate would carry out, or with --mirror that\n"
       "of mirror. Sends nothing but GET.\n"
       "Exit code 0: nothing would change; 2: there are changes or conflicts.\n"
       "\n"
       "--out writes the plan to a file for apply: both ends, the options that shape it,\n"
       "a digest of each webhook and of the plan; no content and no key.\n",
       joined({{"source-key-file", "dest-key-file"},
               {"mirror", "out"},
               rewriting,
               {"on-conflict", "max-delete"},
               filters,
               showing,
               network,
               common}),
       run_diff},
      {"list", "ACCOUNT|FILE", 1, 1, "show what is there: id, type, alias, host of the URL",
       "A table of 80 columns: long aliases and hosts are cut there, and are whole with\n"
       "--format json or tsv.\n",
       joined({{"key-file", "format"}, filters, network, common}), run_list},
      {"apply", "PLANFILE", 1, 1, "carry out exactly the plan that diff --out wrote, or nothing",
       "Reads both accounts again, makes the plan again with the options of the file, and\n"
       "carries it out without asking, but only if it is that plan to the digest. Else\n"
       "nothing is written, what has changed since is named, and the exit code is 1. Run\n"
       "again after any end, it finishes the job. Keys come as for migrate; one is sent\n"
       "to a bare address of the file only where the plan was made with it, or --source\n"
       "or --dest names the account.\n"
       "\n"
       "The key of SOURCE or that of DEST must be the one that diff --out had (the other\n"
       "may be new, or one that may write): with it the file's digests can be told, and\n"
       "that nobody has edited it, before anything that it names is read. --overlay\n"
       "names overlays that lie elsewhere now; what they set is to be the same.\n",
       joined({{"source-key-file", "dest-key-file", "source", "dest", "overlay"},
               {"batch-size", "concurrency", "settle", "ledger", "accept-shrunk", "dry-run"},
               showing,
               network,
               common}),
       run_apply},
      {"fleet", "[GLOB...]", 0, 1000, "migrate or mirror many pairs of accounts at once",
       "Carries out the [pair NAME] sections of the configuration whose names match, all\n"
       "without a GLOB. A section holds source, dest (accounts of the same file, regions,\n"
       "URLs), mode = migrate (the default) or mirror, and any option of that command:\n"
       "\n"
       "    [pair standby-eu]\n"
       "    source = production\n"
       "    dest = standby\n"
       "    mode = mirror\n"
       "    max-delete = 10%\n"
       "\n"
       "Eight pairs at a time (--parallel); --rate counts for each host over all of them.\n"
       "A source that several name is read once. Each pair has a ledger of its own, and\n"
       "one that fails stops no other. All plans are shown before one question (--yes\n"
       "skips it); -n shows the plans only. The end is a table, or with --format json an\n"
       "array of what each pair would have printed, with \"pair\" and \"exit\". The exit\n"
       "code is the worst of all, in the order 130, 73, 77, 76, 69, 78, 65, 1, 2, 0. Run\n"
       "again, it does only what is left. The command line goes before a pair's options,\n"
       "these before [defaults].\n",
       joined({{"parallel", "yes", "dry-run", "batch-size", "concurrency", "settle", "accept-shrunk"},
               {"format", "show-secrets", "strict", "no-pager"},
               network,
               common}),
       run_fleet},
      {"export", "ACCOUNT", 1, 1, "write all webhooks of an account as JSON",
       "The array as the API gave it, every field kept, laid out, ordered by id. With\n"
       "--redact a copy for a repository or a ticket: a number stands in the place of what\n"
       "differences mask, equal ones for equal secrets. It cannot be imported by accident:\n"
       "a webhook with such a mark is invalid unless an overlay sets it.\n",
       joined({{"output", "format", "redact", "key-file", "source-key-file"}, filters, network, common}),
       run_export},
      {"transform", "[IN]", 0, 1, "turn an export into a body for another account; offline",
       "Reads an export from IN (standard input without it) and writes the array that\n"
       "integrations-bulk of the destination takes.\n"
       "\n"
       "--overlay sets values by the paths that diff prints, for what the destination has\n"
       "otherwise. The file holds an array of rules; alias and type may be left out:\n"
       "  [{\"alias\": \"ops-*\", \"type\": \"sendlog\", \"set\": {\n"
       "    \"/url\": \"https://hooks.staging.example/ops\",\n"
       "    \"/integration_type_fields/payload/privateKey\": {\"env\": \"STAGING_KEY\"}}}]\n"
       "A value is any JSON; {\"env\": NAME} and {\"file\": NAME} stand for a secret, which\n"
       "differences mask. A rule that selects nothing and a path that nothing has are\n"
       "exit code 64, a file that is no overlay 65, one that is not there 66, a variable\n"
       "that is not set 78: all before anything is written.\n"
       "\n"
       "--rewrite-prefix takes a scheme, a whole host and whole segments of a path.\n",
       joined({{"output", "format", "strict"}, rewriting, filters, common}), run_transform},
      {"import", "FILE DEST", 2, 2, "write already transformed webhooks to an account",
       "The last stages of migrate: plan, confirm, import, verify. - is standard input.\n",
       joined({{"key-file", "dest-key-file", "on-conflict"}, filters, writing, showing, network, common}),
       run_import},
      {"undo", "LEDGER...", 0, 1000, "take back what ledgers say was done",
       "Deletes what was created, restores what was updated and makes again what was\n"
       "deleted (with new ids, which are told), each only where the destination still\n"
       "is as the run left it. A second undo does nothing. All runs of a ledger are\n"
       "taken back; of several ledgers, of one account or more, the newest first, after\n"
       "one question. --last stands for the ledger of the last run on this machine that\n"
       "wrote anything (see hookferry runs). What a newer run wrote over is left and\n"
       "told: that run is to be taken back first, or named as well.\n",
       joined({{"last", "dry-run", "dest", "key-file", "dest-key-file", "batch-size", "concurrency", "settle",
                "accept-shrunk", "yes", "format", "show-secrets", "report", "no-pager"},
               network,
               common}),
       run_undo},
      {"runs", "", 0, 0, "list the runs recorded on this machine",
       "When, from where to where, what was done, how each ended and its ledger, the\n"
       "newest first: all ledgers of the state folder, and those elsewhere that were the\n"
       "last of their destination. \"killed\" did not come to its end, \"open\" could not\n"
       "establish what arrived: the next run to that destination settles both.\n",
       joined({{"format"}, common}), run_runs},
      {"ids", "LEDGER", 1, 1, "list source ids with their destination ids",
       "For rewiring alerts, which refer to webhooks by id (see hookferry help rewire).\n",
       joined({{"format"}, common}), run_ids},
      {"rewire", "FILE LEDGER", 2, 2, "write destination ids over source ids in exported alerts; offline",
       "Every number that is the value of a member integrationId or integration_id, at\n"
       "any depth, and a source id of the ledger becomes its destination id; nothing else\n"
       "changes, to the byte. An id that the ledger does not know is left, named with its\n"
       "path, and makes exit code 1. FILE may be -, standard input. With --format json\n"
       "standard error gets {\"rewired\":N,\"unknown\":[{\"path\":...,\"id\":...}]}.\n",
       joined({{"output", "format"}, common}), run_rewire},
      {"check", "ACCOUNT...", 1, 1000, "tell whether accounts can be reached and read",
       "DNS, connection, TLS, key, answer and count, one line each. Changes nothing;\n"
       "whether a key may write shows only when something is written.\n",
       joined({{"key-file", "format"}, network, common}), run_check},
      {"regions", "", 0, 0, "show the region table in force", "", joined({{"format"}, common}), run_regions},
      {"sandbox", "", 0, 0, "serve accounts from files, for trying things out",
       "Speaks the API that the vendor's guide describes, on loopback, over the files\n"
       "NAME.json of --state, each {\"api_key\":..., \"company_id\":..., \"webhooks\":[...]}.\n"
       "\"api_keys\":[...] gives one account several keys. Changes are written back. Prints\n"
       "its URL when it is ready. Answers only to loopback names; a connection that begins\n"
       "no request in 60 seconds, or does not end a header in 10, is closed.\n",
       joined({{"state", "port", "tls-cert", "tls-key", "fault", "seed", "log"}, common}),
       run_sandbox_command},
      {"completion", "bash|zsh|fish", 1, 1, "write the completion of a shell",
       "What the shell then offers is asked of hookferry itself at every press of the key: commands,\n"
       "options and what they may be, accounts of the configuration, regions, types, ledgers. To have\n"
       "it in every new shell (a package has done it already):\n\n"
       "  bash  hookferry completion bash > \\\n"
       "          ~/.local/share/bash-completion/completions/hookferry\n"
       "  zsh   hookferry completion zsh > \"${fpath[1]}/_hookferry\"\n"
       "  fish  hookferry completion fish > ~/.config/fish/completions/hookferry.fish\n",
       joined({common}), run_completion},
      {"help",
       "[COMMAND|TOPIC]",
       0,
       1,
       "show this, or the page of a command or topic",
       "",
       {"format"},
       run_help},
      {"version", "", 0, 0, "tell the version", "", {"format"}, run_version},
  };
}

}  // namespace

std::span<const CommandSpec> command_table() {
  static const auto table = make_table();
  return table;
}

const CommandSpec* find_command(std::string_view name) {
  const auto table = command_table();
  const auto found = std::find_if(table.begin(), table.end(),
                                  [&](const CommandSpec& command) { return command.name == name; });
  return found == table.end() ? nullptr : &*found;
}

const CommandSpec& command_named(const std::string& name, const std::vector<std::string>& topics) {
  if (const auto* command = find_command(name)) return *command;
  std::vector<std::string> known;
  for (const auto& row : command_table()) known.emplace_back(row.name);
  const auto meant = command_meant(name, known);
  known.insert(known.end(), topics.begin(), topics.end());
  throw Failure(Cause::usage,
                "there is no command " + std::string(topics.empty() ? "" : "and no topic ") +
                    printable_excerpt(mask_argument(name), 60) +
                    (meant.empty() ? did_you_mean(name, known) : meant),
                "see hookferry help");
}

std::string_view account_help() {
  return "ACCOUNT is a [section] of the configuration, a region (eu1, Sweden, eu2.coralogix.com), or a base "
         "URL. Keys never stand on the command line (see hookferry help keys).";
}

std::string term_of(const OptionSpec& option) {
  const auto letter = option.letter != '\0' ? std::string("-") + option.letter + ", --" : std::string("--");
  return letter + std::string(option.name) + (option.argument.empty() ? "" : " ") +
         std::string(option.argument);
}

std::string help_of(const OptionSpec& option) {
  return std::string(option.help) + (option.repeatable && !option.argument.empty() ? " (repeatable)" : "");
}

OptionNames configuration_names() {
  // What is said once for all pairs, on the command line or in [defaults].
  constexpr std::array<std::string_view, 10> of_all = {"config", "regions", "color",   "quiet", "verbose",
                                                       "yes",    "format",  "dry-run", "rate",  "no-pager"};
  auto out = names_for_configuration();
  for (const auto* mode : {"migrate", "mirror"})
    for (const auto name : find_command(mode)->options)
      if (std::find(of_all.begin(), of_all.end(), name) == of_all.end())
        out.of_pairs[mode].emplace_back(name);
  return out;
}

std::string help_overview() {
  std::vector<HelpBlock> commands;
  for (const auto& command : command_table()) {
    auto term = std::string(command.name) + " " + std::string(command.arguments);
    commands.push_back(entry(std::move(term), std::string(command.summary)));
  }
  std::vector<HelpBlock> topics;
  for (const auto& topic : topic_table())
    topics.push_back(entry(std::string(topic.name), std::string(topic.summary)));
  const HelpLayout layout{.column = 28, .indent = 2};
  return "hookferry moves webhooks between accounts.\n\n"
         "usage: hookferry COMMAND [ARGUMENT...] [OPTION...]\n\n" +
         laid_out(commands, layout) + "\n" + wrapped(account_help(), "", 0) + "\ntopics of help:\n" +
         laid_out(topics, {.column = 16, .indent = 2}) +
         "\nOptions may stand before the command, too; --no-NAME takes back a flag that the\n"
         "configuration has set. hookferry help COMMAND|TOPIC tells more.\n";
}

std::string help_page(const CommandSpec& command) {
  std::string out = "usage: hookferry " + std::string(command.name) + (command.arguments.empty() ? "" : " ") +
                    std::string(command.arguments) + (command.options.empty() ? "" : " [OPTION...]") +
                    "\n\n" + std::string(command.summary) + "\n";
  if (!command.details.empty()) out += "\n" + laid_out(blocks_of(command.details), {});
  if (command.arguments.find("ACCOUNT") != std::string_view::npos ||
      command.arguments.find("DEST") != std::string_view::npos)
    out += "\n" + wrapped(account_help(), "", 0);
  if (command.options.empty()) return out;
  std::vector<HelpBlock> options;
  for (const auto name : command.options) {
    const auto& spec = option_named(name);
    options.push_back(entry((spec.letter == '\0' ? "    " : "") + term_of(spec), help_of(spec)));
  }
  return out + "\noptions:\n" + laid_out(options, {.column = 30, .indent = 2});
}

}  // namespace hookferry
