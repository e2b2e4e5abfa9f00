#include <algorithm>
#include <array>
#include <boost/algorithm/string/join.hpp>

#include "accounts/configuration.hpp"
#include "cli/help.hpp"
#include "cli/options.hpp"

namespace hookferry::cli {
namespace {

constexpr std::array exits = {
    ExitMeaning{Exit::done, "done; diff: nothing would change"},
    ExitMeaning{Exit::incomplete, "something was not migrated, restored or verified"},
    ExitMeaning{Exit::differences,
                "diff: there are changes; migrate, import: done, conflicts left as they were"},
    ExitMeaning{Exit::usage, "usage: an option, an argument, or nobody there to ask"},
    ExitMeaning{Exit::bad_data, "bad input data"},
    ExitMeaning{Exit::no_input, "no such input file"},
    ExitMeaning{Exit::unreachable, "unreachable: the name, the network or the service"},
    ExitMeaning{Exit::cannot_write, "an output cannot be written"},
    ExitMeaning{Exit::protocol, "not the API that was expected, or TLS"},
    ExitMeaning{Exit::key_refused, "the API key was refused"},
    ExitMeaning{Exit::configuration, "configuration, or no usable key"},
    ExitMeaning{Exit::interrupted, "interrupted, and what had been sent is settled"},
};

constexpr std::array variables = {
    Variable{"HOOKFERRY_SOURCE_KEY", "API key of the source (see help keys)"},
    Variable{"HOOKFERRY_DEST_KEY", "API key of the destination"},
    Variable{"HOOKFERRY_KEY", "API key for commands with one account"},
    Variable{"HOOKFERRY_CONFIG", "configuration file; --config goes before it"},
    Variable{"XDG_CONFIG_HOME", "where hookferry/hookferry.ini is looked for; else ~/.config"},
    Variable{"XDG_STATE_HOME", "where ledgers are kept, in hookferry/; else ~/.local/state"},
    Variable{"HTTPS_PROXY", "proxy to all servers but those of NO_PROXY; --proxy and a section go before it"},
    Variable{"ALL_PROXY", "the same, where HTTPS_PROXY is not set"},
    Variable{"NO_PROXY", "hosts, domains and networks that are reached without a proxy"},
    Variable{"SSL_CERT_FILE", "certificates to trust beside the system's (PEM); --ca-file replaces both"},
    Variable{"HOME", "stands for ~ here and in the configuration"},
    Variable{"PAGER", "what long plans go through; else less; cat or empty: nothing (see --no-pager)"},
    Variable{"LESS", "options of less, where set; else FRX"},
    Variable{"NO_COLOR", "not empty: no colours, unless --color always"},
    Variable{"TERM", "dumb: neither colours nor a progress line"},
};

std::vector<HelpBlock> accounts_topic() {
  return {
      paragraph("Where a command takes an ACCOUNT, it may be, and is looked for in this order:"),
      entry("[section]", "of the configuration file, by its name"),
      entry("region",
            "its code (eu1), the guide's name (Sweden) or a domain (eu2.coralogix.com); hookferry "
            "regions lists them"),
      entry("base URL", "https://host[:port]; http:// for loopback only"),
      paragraph(
          "A SOURCE may also be a file of exported webhooks: a path that ends in .json, one that exists, "
          "or - for standard input. Where an account is a URL or a file, --source-region and "
          "--dest-region say which region's hosts its webhooks name."),
      paragraph("A section of the configuration may hold: " +
                boost::algorithm::join(accounts::account_settings(), ", ") +
                ". The section [defaults] may hold any long option but --config; the command line goes "
                "before it."),
  };
}

std::vector<HelpBlock> keys_topic() {
  return {
      paragraph("Keys never stand on a command line. For each side, the first of these that is set:"),
      entry("1. option",
            "--source-key-file FILE, --dest-key-file FILE: the first line of the file; - is "
            "standard input"),
      entry("2. configuration",
            "the account's section: one of api-key-file, api-key-env (the name of a variable) and "
            "api-key-command (what it prints)"),
      entry("3. environment", "HOOKFERRY_SOURCE_KEY, HOOKFERRY_DEST_KEY"),
      paragraph(
          "Commands with one account take --key-file and HOOKFERRY_KEY. Where such a command has a side "
          "(export reads a source, import and undo write to a destination), that side's own names and "
          "the section go before these."),
      paragraph(
          "On a terminal, a key that is nowhere to be found is asked for, without echo. A key that holds "
          "control bytes is refused before anything is sent; a key file that others may read is told."),
  };
}

std::vector<HelpBlock> environment_topic() {
  std::vector<HelpBlock> out;
  for (const auto& [name, meaning] : variables) out.push_back(entry(std::string(name), std::string(meaning)));
  return out;
}

std::vector<HelpBlock> exit_topic() {
  std::vector<HelpBlock> out;
  for (const auto& [code, meaning] : exits)
    out.push_back(entry(std::to_string(static_cast<int>(code)), std::string(meaning)));
  return out;
}

/// Those with a value: repeating a flag says nothing new.
std::string repeatable_options() {
  std::vector<std::string> out;
  for (const auto& option : option_table())
    if (option.repeatable && !option.argument.empty()) out.push_back("--" + std::string(option.name));
  return boost::algorithm::join(out, ", ");
}

std::vector<HelpBlock> patterns_topic() {
  return {
      paragraph("A GLOB is matched with the whole alias, letter case counts:"),
      entry("*", "any characters, also none"),
      entry("?", "one character"),
      entry("[a-z]", "one of these; [!a-z] none of these"),
      entry("\\*", "the star itself; so with ?, [ and \\"),
      paragraph("Write it in quotes, or the shell may put file names in its place: --only 'ops-*'."),
      paragraph("May be given more than once: " + repeatable_options() +
                "; --type and --id also take lists, a,b. Several of one option let through what any of them "
                "names; different options narrow "
                "further: --type slack --type webhook --except 'test-*' is every webhook of these two types "
                "but those whose alias begins with test-."),
  };
}

std::vector<HelpBlock> files_topic() {
  return {
      entry("~/.config/hookferry/hookferry.ini",
            "the configuration: accounts and defaults of options ($XDG_CONFIG_HOME, $HOOKFERRY_CONFIG, "
            "--config)"),
      entry("~/.local/state/hookferry/",
            "the ledgers of runs, which undo and ids read, and what the last run left in a destination; keep "
            "it, a later run relies on it ($XDG_STATE_HOME)"),
      paragraph(
          "Files are written beside and renamed, with mode 0600: an existing one survives any failure. A "
          "ledger holds no API key, but for updates the webhook as it was before."),
  };
}

std::vector<HelpBlock> examples_topic() {
  return {
      paragraph("Can both accounts be reached and read?"),
      lines("hookferry check production recovery"),
      paragraph("What would a migration change? Sends nothing but GET; the report is a page for a browser."),
      lines("hookferry diff eu1 us1 --report plan.html"),
      paragraph("Show the plan, ask, write, read back:"),
      lines("hookferry migrate eu1 us1"),
      paragraph("Every night, where nobody is there to ask:"),
      lines("hookferry migrate production recovery --yes --on-conflict update -q"),
      paragraph("Take it back, with the ledger that the run has named:"),
      lines("hookferry undo ~/.local/state/hookferry/LEDGER.jsonl"),
      paragraph("The stages one by one, over files:"),
      lines("hookferry export eu1 -o webhooks.json\n"
            "hookferry transform webhooks.json \\\n"
            "    --source-region eu1 --dest-region us1 -o body.json\n"
            "hookferry import body.json us1"),
  };
}

constexpr std::array topics = {
    Topic{"accounts", "ACCOUNTS", "what an account may be, and what its section may hold", accounts_topic},
    Topic{"keys", "KEYS", "where API keys come from, in which order", keys_topic},
    Topic{"patterns", "PATTERNS", "globs, and what may be given more than once", patterns_topic},
    Topic{"environment", "ENVIRONMENT", "variables that are read", environment_topic},
    Topic{"files", "FILES", "where configuration and ledgers are", files_topic},
    Topic{"exit-codes", "EXIT STATUS", "what the exit codes mean", exit_topic},
    Topic{"examples", "EXAMPLES", "commands to begin with", examples_topic},
};

/// Wide enough for most of the page's terms.
std::size_t column_of(const std::vector<HelpBlock>& blocks, std::size_t indent) {
  constexpr std::size_t widest = 26;
  std::size_t longest = 0;
  for (const auto& block : blocks)
    if (block.term.size() <= widest) longest = std::max(longest, block.term.size());
  return indent + longest + 2;
}

}  // namespace

std::span<const Topic> topic_table() { return topics; }
std::span<const ExitMeaning> exit_meanings() { return exits; }
std::span<const Variable> variable_table() { return variables; }

const Topic* find_topic(std::string_view name) {
  const auto* found =
      std::find_if(topics.begin(), topics.end(), [&](const Topic& topic) { return topic.name == name; });
  return found == topics.end() ? nullptr : found;
}

std::string help_page(const Topic& topic) {
  const auto blocks = topic.blocks();
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
