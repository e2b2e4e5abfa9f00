#include "cli/options.hpp"

#include <algorithm>
#include <array>

#include <boost/algorithm/string/join.hpp>
#include <boost/program_options/cmdline.hpp>
#include <boost/program_options/errors.hpp>
#include <boost/program_options/options_description.hpp>
#include <boost/program_options/parsers.hpp>
#include <boost/program_options/value_semantic.hpp>

#include "core/failure.hpp"
#include "core/text.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::cli {
namespace {

namespace po = boost::program_options;

/// What other tools call one of our commands; names with a space between them, the best guess first.
struct CommandSynonyms {
  std::string_view words, ours;
};

constexpr std::array commands = {
    CommandSynonyms{"plan preview compare", "diff"},
    CommandSynonyms{"copy cp clone transfer move", "migrate mirror"},
    CommandSynonyms{"sync replicate", "mirror migrate"},
    CommandSynonyms{"dump backup pull get download save", "export"},
    CommandSynonyms{"load push upload restore put", "import"},
    CommandSynonyms{"convert translate", "transform"},
    CommandSynonyms{"rollback revert destroy delete remove", "undo"},
    CommandSynonyms{"ls webhooks", "list"},
    CommandSynonyms{"history log logs status", "runs"},
    CommandSynonyms{"ping validate verify doctor test", "check"},
    CommandSynonyms{"remap relink", "rewire"},
    CommandSynonyms{"serve server mock", "sandbox"},
    CommandSynonyms{"batch all", "fleet"},
    CommandSynonyms{"config configuration init profiles listremotes remotes auth sections", "accounts"},
};

/// "; did you mean diff or migrate?"; nothing for no names.
std::string meaning(const std::vector<std::string>& names) {
  return names.empty() ? std::string() : "; did you mean " + boost::join(names, " or ") + "?";
}

}  // namespace

std::vector<std::string_view> words_of(std::string_view list) {
  std::vector<std::string_view> out;
  while (!list.empty()) {
    const auto end = std::min(list.find(' '), list.size());
    if (end > 0) out.push_back(list.substr(0, end));
    list.remove_prefix(std::min(end + 1, list.size()));
  }
  return out;
}

std::string suggested_command(std::string_view word, const std::vector<std::string>& ours) {
  std::vector<std::string> names;
  for (const auto& [words, meant] : commands)
    if (std::ranges::count(words_of(words), word) > 0)
      for (const auto name : words_of(meant))
        if (std::ranges::count(ours, name) > 0) names.emplace_back(name);
  return meaning(names);
}

std::string suggested_option(std::string_view word, const std::vector<const OptionSpec*>& ours) {
  std::vector<std::string> names;
  for (const auto* option : ours)
    if (std::ranges::count(words_of(option->synonyms), word) > 0)
      names.push_back("--" + std::string(option->name));
  // The plainest name first: --key-file before --dest-key-file.
  std::ranges::stable_sort(names, {}, [](const std::string& name) { return std::ranges::count(name, '-'); });
  return meaning(names);
}

std::vector<NamedOption> options_in(const std::string& word) {
  if (word.starts_with("--")) {
    const auto equals = word.find('=');
    NamedOption named{.written = word.substr(0, equals)};
    const auto name = named.written.substr(2);
    const auto* negated = find_negated(name);
    named.option = negated != nullptr ? negated : find_option(name);
    named.is_negated = negated != nullptr;
    named.is_help = name == "help";
    if (equals != std::string::npos) named.value = word.substr(equals + 1);
    return {named};
  }
  std::vector<NamedOption> out;
  for (std::size_t i = 1; i < word.size(); ++i) {
    auto& named = out.emplace_back();
    named.written = "-" + word.substr(i, 1);
    named.option = find_option(word[i]);
    named.is_help = word[i] == 'h';
    if (!named.wants_value() || i + 1 == word.size()) continue;
    named.value = word.substr(i + 1);
    break;
  }
  return out;
}

namespace {

/// `command`: empty for an option that stands before it.
[[noreturn]] void refuse_unknown(const std::string& written, const std::vector<const OptionSpec*>& allowed,
                                 const std::string& command) {
  const auto given =
      written.substr(0, written.find('='));  // the value may be a key that somebody tried to give
  auto hint = suggested_option(given.starts_with("--") ? given.substr(2) : given, allowed);
  const bool others_take_it = std::ranges::all_of(options_in(given), &NamedOption::option);
  if (hint.empty() && !others_take_it) {
    std::vector<std::string> dashed;
    for (const auto* option : allowed) dashed.push_back("--" + std::string(option->name));
    hint = did_you_mean(given, dashed);
  }
  const auto of_command = command.empty() ? "" : " " + command;
  throw Failure(Cause::usage,
                "unknown option " + printable_excerpt(secrets::mask_argument(given), 60) +
                    (command.empty() ? "" : " for") + of_command + hint,
                "see hookferry help" + of_command);
}

}  // namespace

std::size_t command_place(const std::vector<std::string>& arguments) {
  std::size_t at = 0;
  if (!arguments.empty() && arguments[0] == "--") return std::min<std::size_t>(1, arguments.size());
  while (at < arguments.size() && arguments[at].starts_with('-') && arguments[at].size() > 1 &&
         arguments[at] != "--") {
    bool value_follows = false;
    for (const auto& named : options_in(arguments[at])) {
      if (named.option == nullptr && !named.is_help) {
        std::vector<const OptionSpec*> all;
        for (const auto& option : option_table()) all.push_back(&option);
        refuse_unknown(named.written, all, "");
      }
      value_follows = named.wants_value() && !named.value;
    }
    at += value_follows ? 2 : 1;
  }
  return std::min(at, arguments.size());
}

namespace {

po::options_description described(const std::vector<const OptionSpec*>& allowed) {
  po::options_description out;
  out.add_options()("help,h", "");
  for (const auto* option : allowed) {
    const std::string name(option->name);
    const auto names = name + (option->letter != '\0' ? std::string(",") + option->letter : "");
    if (option->argument.empty())
      out.add_options()(names.c_str(), "");
    else
      out.add_options()(names.c_str(), po::value<std::string>(), "");
    if (const auto negation = "no-" + name; find_negated(negation) == option)
      out.add_options()(negation.c_str(), "");
  }
  return out;
}

/// The library's words, for what it alone finds wrong.
[[noreturn]] void refuse(const std::string& command, const po::error& error) {
  throw Failure(Cause::usage, printable_excerpt(secrets::mask_text(error.what()), 120),
                "see hookferry help " + command);
}

/// A value where there is none to be, or none where there is one to be.
[[noreturn]] void refuse_syntax(const std::string& command, const po::invalid_syntax& error) {
  const auto given = error.get_option_name();
  const auto named = options_in(given.starts_with('-') ? given : "--" + given).front();
  if (named.option == nullptr) refuse(command, error);
  const auto option = (named.is_negated ? "--no-" : "--") + std::string(named.option->name);
  if (named.wants_value())
    throw Failure(Cause::usage, option + " needs a value", "expected " + named.option->allowed);
  throw Failure(Cause::usage, option + " takes no value", "see hookferry help " + command);
}

/// "-nv" as "-n" "-v", "-qoF" as "-q" "-oF".
std::vector<std::string> with_single_letters(const std::vector<std::string>& arguments) {
  std::vector<std::string> out;
  bool is_value = false, only_positionals = false;
  for (const auto& word : arguments) {
    only_positionals = only_positionals || word == "--";
    const bool is_option = !is_value && !only_positionals && word.size() > 1 && word[0] == '-';
    is_value = false;
    if (!is_option) {
      out.push_back(word);
      continue;
    }
    const auto named = options_in(word);
    is_value = named.back().wants_value() && !named.back().value;
    if (word[1] == '-')
      out.push_back(word);
    else
      for (const auto& one : named) out.push_back(one.written + one.value.value_or(""));
  }
  return out;
}

}  // namespace

ParsedArguments parse_arguments(const std::vector<std::string>& arguments,
                                const std::vector<const OptionSpec*>& allowed, const std::string& command) {
  ParsedArguments out;
  const auto description = described(allowed);
  try {
    namespace style = po::command_line_style;
    const auto parsed = po::command_line_parser(with_single_letters(arguments))
                            .options(description)
                            .style(style::unix_style & ~style::allow_guessing)
                            .run();
    for (const auto& found : parsed.options) {
      if (found.string_key.empty()) {
        out.positionals.insert(out.positionals.end(), found.value.begin(), found.value.end());
      } else if (found.string_key == "help") {
        out.help = true;
      } else {
        const auto named = options_in("--" + found.string_key).front();
        const auto value =
            found.value.empty() ? std::string(named.is_negated ? "false" : "") : found.value[0];
        const auto option = "--" + std::string(named.option->name);
        const bool cleared = named.is_negated && !named.option->argument.empty();
        out.given.push_back({named.option, value, option, Cause::usage, true, cleared});
      }
    }
  } catch (const po::unknown_option& error) {
    refuse_unknown(error.get_option_name(), allowed, command);
  } catch (const po::invalid_syntax& error) {
    refuse_syntax(command, error);
  } catch (const po::error& error) {
    refuse(command, error);
  }
  return out;
}

}  // namespace hookferry::cli
