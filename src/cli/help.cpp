#include "cli/help.hpp"

#include <array>

#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/replace.hpp>

#include "cli/options.hpp"
#include "core/layout.hpp"
#include "core/text.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::cli {

/// src/cli/help.txt, made a function at build time.
std::string_view help_text();

namespace {

/// Options that many commands take, under a name in capitals.
struct OptionGroup {
  std::string_view name, options;
};
constexpr std::array groups = {
    OptionGroup{"COMMON", "config regions color quiet verbose"},
    OptionGroup{"NETWORK", "timeout retries proxy ca-file client-cert client-key max-response rate"},
    OptionGroup{"FILTERS", "only except type id"},
    OptionGroup{"REWRITING",
                "source-region dest-region rewrite-host rewrite-prefix no-rewrite fresh-uuids overlay"},
    OptionGroup{"WRITING", "batch-size concurrency settle ledger accept accept-shrunk yes dry-run"},
    OptionGroup{"SHOWING", "format show-secrets report strict no-pager"},
};

/// The options of a list: names of options and groups, with a space between them.
std::vector<const OptionSpec*> taking(std::string_view list) {
  std::vector<const OptionSpec*> out;
  for (const auto word : words_of(list)) {
    const auto* group = std::ranges::find(groups, word, &OptionGroup::name);
    for (const auto name : group != groups.end() ? words_of(group->options) : std::vector{word})
      out.push_back(find_option(name));
  }
  return out;
}

constexpr std::array all_topics = {
    Topic{"accounts", "ACCOUNTS", "what an account may be, and what its section may hold"},
    Topic{"keys", "KEYS", "where API keys come from, in which order"},
    Topic{"patterns", "PATTERNS", "globs, and what may be given more than once"},
    Topic{"environment", "ENVIRONMENT", "variables that are read"},
    Topic{"files", "FILES", "where configuration and ledgers are"},
    Topic{"exit-codes", "EXIT STATUS", "what the exit codes mean"},
    Topic{"examples", "EXAMPLES", "commands to begin with"},
};

/// What help.txt has under "== NAME"; nothing where that is not there.
std::string_view page_named(std::string_view name) {
  const auto title = "\n== " + std::string(name) + "\n";
  const auto begin = help_text().find(title);
  if (begin == std::string_view::npos) return {};
  const auto page = help_text().substr(begin + title.size());
  return page.substr(0, page.find("\n== "));
}

/// Wide enough for most of the page's terms.
std::size_t column_of(const std::vector<HelpBlock>& blocks, std::size_t indent) {
  constexpr std::size_t widest = 26;
  std::size_t longest = 0;
  for (const auto& block : blocks)
    if (block.term.size() <= widest) longest = std::max(longest, block.term.size());
  return indent + longest + 2;
}

}  // namespace

std::span<const CommandSpec> command_table() {
  static const std::vector<CommandSpec> table = {
      {"migrate", "SOURCE DEST", 2, 2, "move webhooks from one account to another",
       taking("source-key-file dest-key-file REWRITING on-conflict FILTERS WRITING SHOWING NETWORK COMMON")},
      {"mirror", "SOURCE DEST", 2, 2, "make an account what another one is",
       taking(
           "source-key-file dest-key-file REWRITING on-conflict max-delete FILTERS WRITING SHOWING NETWORK "
           "COMMON")},
      {"diff", "SOURCE DEST", 2, 2, "show what migrate or mirror would change; writes nothing",
       taking("source-key-file dest-key-file mirror out REWRITING on-conflict max-delete FILTERS SHOWING "
              "NETWORK COMMON")},
      {"list", "ACCOUNT|FILE", 1, 1, "show what is there: id, type, alias, host of the URL",
       taking("key-file format FILTERS NETWORK COMMON")},
      {"apply", "PLANFILE", 1, 1, "carry out exactly the plan that diff --out wrote, or nothing",
       taking("source-key-file dest-key-file source dest overlay max-plan-age batch-size concurrency settle "
              "ledger accept accept-shrunk dry-run SHOWING NETWORK COMMON")},
      {"fleet", "[GLOB...]", 0, 1000, "migrate or mirror many pairs of accounts at once",
       taking("parallel yes dry-run batch-size concurrency settle accept-shrunk format show-secrets strict "
              "no-pager NETWORK COMMON")},
      {"export", "ACCOUNT", 1, 1, "write all webhooks of an account as JSON",
       taking("output format redact key-file source-key-file FILTERS NETWORK COMMON")},
      {"transform", "[IN]", 0, 1, "turn an export into a body for another account; offline",
       taking("output format strict REWRITING FILTERS COMMON")},
      {"import", "FILE DEST", 2, 2, "write already transformed webhooks to an account",
       taking("key-file dest-key-file on-conflict FILTERS WRITING SHOWING NETWORK COMMON")},
      {"undo", "LEDGER...", 0, 1000, "undo the runs that ledgers recorded",
       taking("last dry-run dest key-file dest-key-file batch-size concurrency settle accept accept-shrunk "
              "yes format "
              "show-secrets report no-pager NETWORK COMMON")},
      {"runs", "", 0, 0, "list the runs recorded on this machine", taking("format COMMON")},
      {"ids", "LEDGER", 1, 1, "list source ids with their destination ids", taking("format COMMON")},
      {"rewire", "FILE LEDGER", 2, 2, "write destination ids over source ids in exported alerts; offline",
       taking("output format COMMON")},
      {"check", "ACCOUNT...", 1, 1000, "tell whether accounts can be reached and read",
       taking("key-file format NETWORK COMMON")},
      {"regions", "", 0, 0, "show the region table in force", taking("format COMMON")},
      {"sandbox", "", 0, 0, "serve accounts from files, for trying things out",
       taking("state port tls-cert tls-key fault seed log COMMON")},
      {"completion", "bash|zsh|fish", 1, 1, "write the completion of a shell", taking("COMMON")},
      {"help", "[COMMAND|TOPIC]", 0, 1, "show this, or the page of a command or topic", taking("format")},
      {"version", "", 0, 0, "tell the version", taking("format")},
  };
  return table;
}

const CommandSpec* find_command(std::string_view name) {
  const auto found = std::ranges::find(command_table(), name, &CommandSpec::name);
  return found == command_table().end() ? nullptr : &*found;
}

const CommandSpec& command_named(const std::string& name, const std::vector<std::string>& topics) {
  if (const auto* command = find_command(name)) return *command;
  std::vector<std::string> known;
  for (const auto& row : command_table()) known.emplace_back(row.name);
  const auto meant = suggested_command(name, known);
  known.insert(known.end(), topics.begin(), topics.end());
  throw Failure(Cause::usage,
                "there is no command " + std::string(topics.empty() ? "" : "and no topic ") +
                    printable_excerpt(secrets::mask_argument(name), 60) +
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

std::vector<HelpBlock> details_of(const CommandSpec& command) { return blocks_of(page_named(command.name)); }

accounts::OptionNames configuration_names() {
  accounts::OptionNames out;
  for (const auto& spec : option_table()) {
    if (spec.name == "config") continue;
    out.all.emplace_back(spec.name);
    if (spec.argument == "FILE") out.paths.emplace_back(spec.name);
  }
  for (const auto* mode : {"migrate", "mirror"})
    for (const auto* option : find_command(mode)->options)
      if (option->is_settable_in_pair()) out.of_pairs[mode].emplace_back(option->name);
  return out;
}

std::string help_overview() {
  std::vector<HelpBlock> commands;
  for (const auto& command : command_table())
    commands.push_back(entry(command.usage(), std::string(command.summary)));
  std::vector<HelpBlock> topics;
  for (const auto& topic : all_topics)
    topics.push_back(entry(std::string(topic.name), std::string(topic.summary)));
  const HelpLayout layout{.column = 28, .indent = 2};
  return "hookferry moves webhooks between accounts.\n\n"
         "usage: hookferry COMMAND [ARGUMENT...] [OPTION...]\n\n" +
         laid_out(commands, layout) + "\n" + wrapped(account_help(), "", 0) + "\ntopics of help:\n" +
         laid_out(topics, {.column = 16, .indent = 2}) +
         "\nOptions may stand before the command, too; --no-NAME clears a flag or filter\n"
         "that the configuration has set. hookferry help COMMAND|TOPIC tells more.\n";
}

std::string help_page(const CommandSpec& command) {
  auto out = "usage: hookferry " + command.usage() + " [OPTION...]\n\n" + std::string(command.summary) + "\n";
  const auto details = details_of(command);
  if (!details.empty()) out += "\n" + laid_out(details, {});
  if (command.arguments.find("ACCOUNT") != std::string_view::npos ||
      command.arguments.find("DEST") != std::string_view::npos)
    out += "\n" + wrapped(account_help(), "", 0);
  std::vector<HelpBlock> options;
  for (const auto* option : command.options)
    options.push_back(entry((option->letter == '\0' ? "    " : "") + term_of(*option), help_of(*option)));
  return out + "\noptions:\n" + laid_out(options, {.column = 30, .indent = 2});
}

std::span<const Topic> topic_table() { return all_topics; }

const Topic* find_topic(std::string_view name) {
  const auto* found = std::ranges::find(all_topics, name, &Topic::name);
  return found == all_topics.end() ? nullptr : found;
}

std::vector<HelpBlock> text_of(const Topic& topic) {
  std::vector<std::string> repeatable;
  for (const auto& option : option_table())
    if (option.repeatable && !option.argument.empty())  // repeating a flag says nothing new
      repeatable.push_back("--" + std::string(option.name));
  auto out = blocks_of(page_named(topic.name));
  for (auto& block : out) {
    boost::replace_all(block.text, "{ACCOUNT SETTINGS}", boost::join(accounts::account_settings(), ", "));
    boost::replace_all(block.text, "{REPEATABLE OPTIONS}", boost::join(repeatable, ", "));
    if (block.kind == HelpBlock::Kind::lines) {  // the layout indents them
      block.text.erase(0, 2);
      boost::replace_all(block.text, "\n  ", "\n");
    } else if (const auto colon = block.text.find(" : "); colon != std::string::npos) {
      block = entry(block.text.substr(0, colon), block.text.substr(colon + 3));
    }
  }
  return out;
}

std::string help_page(const Topic& topic) {
  const auto blocks = text_of(topic);
  std::string out = std::string(topic.summary) + "\n";
  HelpLayout layout{.column = column_of(blocks, 2), .indent = 0};
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const bool entry_above = i > 0 && blocks[i - 1].kind == HelpBlock::Kind::entry;
    const bool is_entry = blocks[i].kind == HelpBlock::Kind::entry;
    if (!(is_entry && entry_above)) out += "\n";
    layout.indent = blocks[i].kind == HelpBlock::Kind::paragraph ? 0 : 2;
    out += laid_out({blocks[i]}, layout);
  }
  return out;
}

}  // namespace hookferry::cli
