#include "cli/options.hpp"

#include <algorithm>
#include <array>

#include <boost/algorithm/string/join.hpp>

#include "secrets/secrets.hpp"

namespace hookferry::cli {
namespace {

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

std::string suggested_command(std::string_view word, const std::vector<std::string>& ours) {
  std::vector<std::string> names;
  for (const auto& [words, meant] : commands)
    if (std::ranges::count(split(words, ' '), word) > 0)
      for (const auto name : split(meant, ' '))
        if (std::ranges::count(ours, name) > 0) names.emplace_back(name);
  return meaning(names);
}

std::string suggested_option(std::string_view word, const std::vector<const OptionSpec*>& ours) {
  std::vector<std::string> names;
  for (const auto* option : ours)
    if (std::ranges::count(split(option->synonyms, ' '), word) > 0)
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

ParsedArguments parse_arguments(const std::vector<std::string>& arguments,
                                const std::vector<const OptionSpec*>& allowed, const std::string& command) {
  ParsedArguments out;
  // What is one letter of the options can be no value.
  const auto is_letter = [&](const std::string& word) {
    return word.size() == 2 && word[0] == '-' &&
           (word[1] == 'h' || std::ranges::find(allowed, word[1], &OptionSpec::letter) != allowed.end());
  };
  for (auto word = arguments.begin(); word != arguments.end(); ++word) {
    if (*word == "--") {
      out.positionals.insert(out.positionals.end(), word + 1, arguments.end());
      break;
    }
    if (word->size() < 2 || word->front() != '-') {
      out.positionals.push_back(*word);
      continue;
    }
    for (auto& named : options_in(*word)) {
      if (named.is_help) {
        out.help = true;
        continue;
      }
      if (std::ranges::find(allowed, named.option) == allowed.end())
        refuse_unknown(named.written, allowed, command);
      const auto option = "--" + std::string(named.option->name);
      if (named.value && !named.wants_value())
        throw Failure(Cause::usage, (named.is_negated ? named.written : option) + " takes no value",
                      "see hookferry help " + command);
      if (named.wants_value() && !named.value && word + 1 != arguments.end() && !is_letter(word[1]))
        named.value = *++word;
      else if (named.wants_value() && named.value.value_or("").empty())
        throw Failure(Cause::usage, option + " needs a value", "expected " + named.option->allowed);
      const bool cleared = named.is_negated && !named.option->argument.empty();
      out.given.push_back({named.option, named.value.value_or(named.is_negated ? "false" : ""), option,
                           Cause::usage, true, cleared});
    }
  }
  return out;
}

}  // namespace hookferry::cli
