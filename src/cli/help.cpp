#include "cli/help.hpp"

#include <array>

#include <fmt/format.h>
#include <boost/algorithm/string/join.hpp>
#include <boost/algorithm/string/replace.hpp>

#include "sandbox/faults.hpp"
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
    OptionGroup{"WRITING", "batch-size concurrency settle max-age ledger accept accept-shrunk yes dry-run"},
    OptionGroup{"SHOWING", "format show-secrets report metrics strict no-pager"},
};

/// The options of a list: names of options and groups, with a space between them.
std::vector<const OptionSpec*> taking(std::string_view list) {
  std::vector<const OptionSpec*> out;
  for (const auto word : split(list, ' ')) {
    const auto* group = std::ranges::find(groups, word, &OptionGroup::name);
    for (const auto name : group != groups.end() ? split(group->options, ' ') : std::vector{word})
      out.push_back(find_option(name));
  }
  return out;
}

/// The headings of a command's page, and the options under each, the common ones first.
constexpr std::array help_groups = {
    OptionGroup{"Selection", "only except type id last limit keep"},
    OptionGroup{
        "Changes",
        "on-conflict mirror max-delete source-region dest-region rewrite-host rewrite-prefix no-rewrite "
        "fresh-uuids overlay redact overlay-out to inline-secrets no-provider"},
    OptionGroup{"Safety",
                "dry-run yes test test-first strict accept-shrunk accept max-plan-age settle max-age ledger "
                "source dest"},
    OptionGroup{"Output", "output force out format report metrics show-secrets no-pager"},
    OptionGroup{"Server", "demo state port tls-cert tls-key fault seed log"},
    OptionGroup{"Network",
                "source-key-file dest-key-file key-file source-api dest-api api batch-size concurrency "
                "parallel rate timeout retries proxy "
                "ca-file client-cert client-key max-response"},
    OptionGroup{"Global", "config regions quiet verbose color"},
};

/// The page's options, heading by heading. An option without a heading is among those of the first.
std::string options_text(const CommandSpec& command, std::size_t width) {
  const auto heading_of = [](const OptionSpec& option) {
    const auto found = std::ranges::find_if(help_groups, [&](const OptionGroup& group) {
      return std::ranges::count(split(group.options, ' '), option.name) > 0;
    });
    return found == help_groups.end() ? "Safety" : found->name;
  };
  std::string out;
  for (const auto& group : help_groups) {
    std::vector<const OptionSpec*> options;
    for (const auto* option : command.options)
      if (heading_of(*option) == group.name) options.push_back(option);
    const auto order = split(group.options, ' ');
    std::ranges::stable_sort(options, {}, [&](const OptionSpec* option) {
      return std::ranges::find(order, option->name) - order.begin();
    });
    std::vector<HelpBlock> entries;
    for (const auto* option : options)
      entries.push_back(entry((option->letter == '\0' ? "    " : "") + term_of(*option), help_of(*option)));
    if (group.name == "Global") entries.push_back(entry("-h, --help", "show this help"));
    if (!entries.empty())
      out += "\n" + std::string(group.name) + ":\n" +
             laid_out(entries, {.column = 30, .indent = 2, .width = width});
  }
  return out;
}

constexpr std::array all_topics = {
    Topic{"configuration", "CONFIGURATION", "accounts, and what the configuration may hold"},
    Topic{"keys", "KEYS", "where API keys come from, in which order"},
    Topic{"filters", "FILTERS", "which webhooks take part: globs, types and ids"},
    Topic{"overlays", "OVERLAYS", "values that are set by path"},
    Topic{"reports", "REPORTS", "a plan or an outcome as a page, as Markdown or as JSON"},
    Topic{"plan-files", "PLAN FILES", "plans that are approved first and applied once"},
    Topic{"ledgers", "LEDGERS", "the record of a run, for undo and ids"},
    Topic{"environment", "ENVIRONMENT", "variables that are read"},
    Topic{"files", "FILES", "where configuration and ledgers are"},
    Topic{"exit-codes", "EXIT STATUS", "what the exit codes mean"},
    Topic{"faults", "SANDBOX FAULTS", "how the sandbox misbehaves on request"},
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

constexpr std::string_view account_help =
    "ACCOUNT is a [section] of the configuration, a region (eu1, Sweden, eu2.coralogix.com), or a base "
    "URL. Keys are never passed as arguments (see hookferry help keys).";

/// Wide enough for most of the page's terms.
std::size_t column_of(const std::vector<HelpBlock>& blocks, std::size_t indent) {
  constexpr std::size_t widest = 26;
  std::size_t longest = 0;
  for (const auto& block : blocks)
    if (block.term.size() <= widest) longest = std::max(longest, block.term.size());
  return indent + longest + 2;
}

std::string in_quotes(std::string_view text) {
  return "\"" + boost::replace_all_copy(std::string(text), "\"", "\\(dq") + "\"";
}

std::string bold(std::string_view text) { return "\\fB" + roff_text(text) + "\\fR"; }

std::string section(std::string_view title) { return ".SH " + in_quotes(roff_text(title)) + "\n"; }

std::string roff(const HelpBlock& block) {
  switch (block.kind) {
    case HelpBlock::Kind::heading:
      return ".PP\n" + bold(block.text) + "\n";
    case HelpBlock::Kind::entry:
      return ".TP\n" + bold(block.term) + "\n" + roff_text(block.text) + "\n";
    case HelpBlock::Kind::lines:
      return ".PP\n.RS 2n\n.EX\n" + roff_text(block.text) + "\n.EE\n.RE\n";
    case HelpBlock::Kind::paragraph:
      break;
  }
  return ".PP\n" + roff_text(block.text) + "\n";
}

std::string roff(const std::vector<HelpBlock>& blocks) {
  std::string out;
  for (const auto& block : blocks) out += roff(block);
  return out;
}

}  // namespace

std::span<const CommandSpec> command_table() {
  static const std::vector<CommandSpec> table = {
      {"migrate", "SOURCE DEST", 2, 2, "move webhooks from one account to another",
       taking("source-key-file dest-key-file source-api dest-api REWRITING on-conflict FILTERS WRITING "
              "test test-first SHOWING NETWORK COMMON")},
      {"mirror", "SOURCE DEST", 2, 2, "make DEST identical to SOURCE (deletes extras)",
       taking("source-key-file dest-key-file source-api dest-api REWRITING on-conflict max-delete FILTERS "
              "WRITING SHOWING NETWORK "
              "COMMON")},
      {"diff", "SOURCE DEST", 2, 2, "show what migrate or mirror would change; writes nothing",
       taking("source-key-file dest-key-file source-api dest-api mirror out REWRITING on-conflict max-delete "
              "FILTERS SHOWING yes "
              "dry-run NETWORK COMMON")},
      {"list", "ACCOUNT|FILE", 1, 1, "show what is there: id, type, alias, host of the URL",
       taking("key-file api format FILTERS NETWORK COMMON")},
      {"apply", "PLANFILE", 1, 1, "carry out exactly the plan that diff --out wrote, or nothing",
       taking("source-key-file dest-key-file source dest overlay max-plan-age batch-size concurrency settle "
              "max-age "
              "ledger accept accept-shrunk yes dry-run SHOWING NETWORK COMMON")},
      {"show", "PLANFILE", 1, 1, "print a plan file; needs no key and no network", taking("format COMMON")},
      {"fleet", "[GLOB...]", 0, 1000, "migrate or mirror many pairs of accounts at once",
       taking("parallel yes dry-run batch-size concurrency settle max-age accept-shrunk format show-secrets "
              "metrics "
              "strict "
              "no-pager NETWORK COMMON")},
      {"export", "ACCOUNT", 1, 1, "write all webhooks of an account as JSON",
       taking("output format redact overlay-out key-file source-key-file api FILTERS NETWORK COMMON")},
      {"terraform", "[ACCOUNT|FILE|LEDGER]", 0, 1, "write files that bring webhooks under Terraform",
       taking("output no-provider inline-secrets force last dest key-file source-key-file dest-key-file api "
              "strict format "
              "FILTERS NETWORK COMMON")},
      {"transform", "[IN]", 0, 1, "turn an export into a body for another account; offline",
       taking("output to format strict REWRITING FILTERS COMMON")},
      {"import", "FILE DEST", 2, 2, "write already transformed webhooks to an account",
       taking("key-file dest-key-file dest-api on-conflict FILTERS WRITING SHOWING NETWORK COMMON")},
      {"undo", "[LEDGER|N...]", 0, 1000, "undo recorded runs, by ledger or number",
       taking(
           "last dry-run dest key-file dest-key-file dest-api batch-size concurrency settle max-age accept "
           "accept-shrunk yes format show-secrets report no-pager NETWORK COMMON")},
      {"runs", "[prune]", 0, 1, "list the runs recorded on this machine, or delete old ledgers",
       taking("limit keep yes dry-run format COMMON")},
      {"ids", "[LEDGER|N]", 0, 1, "list source ids with their destination ids", taking("last format COMMON")},
      {"rewire", "FILE [LEDGER|N]", 1, 2, "write destination ids over source ids in exported alerts; offline",
       taking("last output format COMMON")},
      {"check", "[ACCOUNT...]", 0, 1000, "check that accounts are reachable and the keys work",
       taking("key-file api format NETWORK COMMON")},
      {"test", "ACCOUNT", 1, 1, "send a test message through each webhook",
       taking("key-file yes dry-run format FILTERS NETWORK COMMON")},
      {"accounts", "", 0, 0, "list the accounts and pairs of the configuration", taking("format COMMON")},
      {"regions", "", 0, 0, "show the region table in force", taking("format COMMON")},
      {"sandbox", "", 0, 0, "serve accounts from files, for trying things out",
       taking("demo state port tls-cert tls-key fault seed log COMMON")},
      {"completion", "bash|zsh|fish", 1, 1, "generate shell completion", taking("format")},
      {"help", "[COMMAND|TOPIC]", 0, 1, "show this, or the page of a command or topic", taking("format")},
      {"version", "", 0, 0, "print the version", taking("format")},
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
                "unknown command " + std::string(topics.empty() ? "" : "or topic ") + "\"" +
                    printable_excerpt(secrets::mask_argument(name), 60) + "\"" +
                    (meant.empty() ? did_you_mean(name, known) : meant),
                "see hookferry help");
}

std::string term_of(const OptionSpec& option) {
  const auto letter = option.letter != '\0' ? std::string("-") + option.letter + ", --" : std::string("--");
  return letter + std::string(option.name) + (option.argument.empty() ? "" : " ") +
         std::string(option.argument);
}

std::string help_of(const OptionSpec& option) {
  return std::string(option.help) + (option.repeatable && !option.argument.empty() ? " (repeatable)" : "");
}

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

std::string help_overview(std::size_t width) {
  std::vector<HelpBlock> commands;
  for (const auto& command : command_table())
    commands.push_back(entry(command.usage(), std::string(command.summary)));
  std::vector<HelpBlock> topics;
  for (const auto& topic : all_topics)
    topics.push_back(entry(std::string(topic.name), std::string(topic.summary)));
  const HelpLayout layout{.column = 28, .indent = 2, .width = width};
  return "hookferry moves webhooks between accounts.\n\n"
         "usage: hookferry COMMAND [ARGUMENT...] [OPTION...]\n\n" +
         laid_out(commands, layout) + "\n" + wrapped(account_help, "", 0, width) + "\ntopics of help:\n" +
         laid_out(topics, {.column = 18, .indent = 2, .width = width}) + "\n" +
         wrapped(
             "You can also put options before the command. --no-NAME cancels a flag or filter of the "
             "configuration. For more: hookferry help COMMAND|TOPIC.",
             "", 0, width);
}

std::string help_page(const CommandSpec& command, std::size_t width) {
  auto out = "usage: hookferry " + command.usage() + " [OPTION...]\n\n" + std::string(command.summary) + "\n";
  const auto details = blocks_of(page_named(command.name));
  if (!details.empty()) out += "\n" + laid_out(details, {.width = width});
  if (command.arguments.find("ACCOUNT") != std::string_view::npos ||
      command.arguments.find("DEST") != std::string_view::npos)
    out += "\n" + wrapped(account_help, "", 0, width);
  return out + options_text(command, width);
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
  if (topic.name == "faults") {
    const auto faults = sandbox::fault_manual();
    out.insert(out.end(), faults.begin(), faults.end());
    return out;
  }
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

std::string help_page(const Topic& topic, std::size_t width) {
  const auto blocks = text_of(topic);
  std::string out = std::string(topic.summary) + "\n";
  HelpLayout layout{.column = column_of(blocks, 2), .indent = 0, .width = width};
  for (std::size_t i = 0; i < blocks.size(); ++i) {
    const bool entry_above = i > 0 && blocks[i - 1].kind == HelpBlock::Kind::entry;
    const bool is_entry = blocks[i].kind == HelpBlock::Kind::entry;
    if (!(is_entry && entry_above)) out += "\n";
    layout.indent = blocks[i].kind == HelpBlock::Kind::paragraph ? 0 : 2;
    out += laid_out({blocks[i]}, layout);
  }
  return out;
}

std::string roff_text(std::string_view text) {
  // A minus that can be pasted, not a hyphen, is one of them.
  constexpr std::string_view signs = "\\-'`^~";
  constexpr std::array<std::string_view, 6> names = {"(rs", "-", "(aq", "(ga", "(ha", "(ti"};
  std::string out;
  bool line_begins = true;
  while (!text.empty()) {
    const auto [code_point, length] = first_character(text);
    const char c = text[0];
    text.remove_prefix(std::max<std::size_t>(length, 1));
    // A line that begins with one of these would be a request.
    if (line_begins && (c == '.' || c == '\'')) out += "\\&";
    line_begins = c == '\n';
    if (length > 1) {
      out += fmt::format("\\[u{:04X}]", code_point);  // by which roff names characters beyond ASCII
    } else if (const auto n = signs.find(c); n != std::string_view::npos) {
      out.append("\\").append(names.at(n));
    } else {
      out.push_back(c);
    }
  }
  return out;
}

std::string manual_page() {
  std::string out =
      ".\\\" Made by hookferry from its own tables.\n.TH HOOKFERRY 1 \"\" " +
      in_quotes(roff_text("hookferry " + std::string(program_version))) + " \"User Commands\"\n.nh\n.ad l\n" +
      section("NAME") + "hookferry \\- move webhooks between Coralogix accounts\n" + section("SYNOPSIS") +
      bold("hookferry") + " \\fICOMMAND\\fR [\\fIARGUMENT\\fR...] [\\fIOPTION\\fR...]\n" +
      section("DESCRIPTION") +
      roff(
          {paragraph("hookferry moves webhooks between accounts of Coralogix, across regions: it shows what "
                     "would change, writes it in bulk exactly once whatever the network does, reads it back, "
                     "and can undo it."),
           paragraph(std::string(account_help))}) +
      section("COMMANDS");
  for (const auto& command : command_table()) {
    const auto space = command.arguments.empty() ? "" : " ";
    const auto usage = bold("hookferry " + std::string(command.name)) + space + roff_text(command.arguments);
    out += ".SS " + in_quotes(usage) + "\n" + roff(paragraph(std::string(command.summary) + ".")) +
           roff(blocks_of(page_named(command.name)));
    std::string options;
    for (const auto* option : command.options)
      options += (options.empty() ? "" : ", ") + bold("--" + std::string(option->name));
    out += ".PP\nOptions: " + options + ".\n";
  }
  out +=
      section("OPTIONS") +
      roff(paragraph("Which command takes which is said with the commands; --help shows a command's page."));
  for (const auto& option : option_table()) out += roff(entry(term_of(option), help_of(option) + "."));
  for (const auto& topic : topic_table()) out += section(topic.section) + roff(text_of(topic));
  return out + section("SEE ALSO") +
         roff(paragraph("hookferry help, hookferry help COMMAND, hookferry help TOPIC"));
}

}  // namespace hookferry::cli
