#include "cli/commands.hpp"

#include <algorithm>
#include <array>

namespace hookferry {
namespace {

using Names = std::vector<std::string_view>;

Names joined(std::initializer_list<Names> lists) {
  Names out;
  for (const auto& list : lists) out.insert(out.end(), list.begin(), list.end());
  return out;
}

const Names common = {"config", "regions", "color", "quiet", "verbose"};
const Names network = {"timeout", "retries", "proxy", "ca-file", "client-cert", "client-key", "max-response"};
const Names filters = {"only", "except", "type", "id"};
const Names rewriting = {"source-region", "dest-region", "rewrite-host", "no-rewrite", "fresh-uuids"};
const Names writing = {"batch-size", "concurrency", "settle", "ledger", "accept-shrunk", "yes", "dry-run"};
const Names showing = {"format", "show-secrets"};

constexpr std::string_view account_text =
    "ACCOUNT is a [section] of the configuration, a region (eu1, Sweden,\n"
    "eu2.coralogix.com), or a base URL. Keys never stand on the command line.\n";

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
      {"apply", "PLANFILE", 1, 1, "carry out exactly the plan that diff --out wrote, or nothing",
       "Reads both accounts again, makes the plan again with the options of the file, and\n"
       "carries it out without asking, but only if it is that plan to the digest. Else\n"
       "nothing is written, what has changed since is named, and the exit code is 1. Run\n"
       "again after any end, it finishes the job. Keys come as for migrate; one is sent\n"
       "to a bare address of the file only where the plan was made with it, or --source\n"
       "or --dest names the account.\n",
       joined({{"source-key-file", "dest-key-file", "source", "dest"},
               {"batch-size", "concurrency", "settle", "ledger", "accept-shrunk", "dry-run"},
               showing,
               network,
               common}),
       run_apply},
      {"export", "ACCOUNT", 1, 1, "write all webhooks of an account as JSON",
       "The array as the API gave it, every field kept, laid out, ordered by id.\n",
       joined({{"output", "key-file", "source-key-file"}, filters, network, common}), run_export},
      {"transform", "[IN]", 0, 1, "turn an export into a body for another account; offline",
       "Reads an export from IN (standard input without it) and writes the array that\n"
       "integrations-bulk of the destination takes.\n",
       joined({{"output"}, rewriting, filters, common}), run_transform},
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
                "accept-shrunk", "yes", "format"},
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
       "For rewiring alerts, which refer to webhooks by id.\n", joined({{"format"}, common}), run_ids},
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
      {"help", "[COMMAND]", 0, 1, "show this, or a command's page", "", {}, run_help},
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

std::string help_overview() {
  std::string out =
      "hookferry moves webhooks between accounts.\n\nusage: hookferry COMMAND [ARGUMENT...] [OPTION...]\n\n";
  for (const auto& command : command_table()) {
    std::string line = "  " + std::string(command.name) + " " + std::string(command.arguments);
    line.resize(std::max<std::size_t>(line.size() + 2, 24), ' ');
    out += line + std::string(command.summary) + "\n";
  }
  out += "\n" + std::string(account_text) +
         "\nhookferry help COMMAND tells more; hookferry --version tells the version.\n";
  return out;
}

std::string help_page(const CommandSpec& command) {
  std::string out = "usage: hookferry " + std::string(command.name) + (command.arguments.empty() ? "" : " ") +
                    std::string(command.arguments) + (command.options.empty() ? "" : " [OPTION...]") +
                    "\n\n" + std::string(command.summary) + "\n";
  if (!command.details.empty()) out += "\n" + std::string(command.details);
  if (command.arguments.find("ACCOUNT") != std::string_view::npos ||
      command.arguments.find("DEST") != std::string_view::npos)
    out += "\n" + std::string(account_text);
  if (!command.options.empty()) out += "\noptions:\n";
  for (const auto name : command.options) {
    const auto& spec = *find_option(name);
    std::string line =
        spec.letter != '\0' ? std::string("  -") + spec.letter + ", --" : std::string("      --");
    line += std::string(spec.name) + (spec.argument.empty() ? "" : " ") + std::string(spec.argument);
    constexpr std::size_t column = 30;
    constexpr std::size_t width = 80;
    line.resize(std::max(line.size() + 2, column), ' ');
    std::string text(spec.help);
    while (line.size() + text.size() > width) {  // wrapped at a space, the rest below the first line's text
      const auto space = text.rfind(' ', width - line.size());
      if (space == std::string::npos) break;
      out += line + text.substr(0, space) + "\n";
      line.assign(column, ' ');
      text.erase(0, space + 1);
    }
    out += line + text + "\n";
  }
  return out;
}

}  // namespace hookferry
