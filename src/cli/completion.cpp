#include "cli/help.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::cli {
namespace {

using Paths = Completion::Paths;

/// bash takes "--format=json" apart at the "=".
std::vector<std::string> rejoined(const std::vector<std::string>& words) {
  std::vector<std::string> out;
  for (std::size_t i = 0; i < words.size(); ++i) {
    const bool value = i > 0 && words[i - 1] == "=" && !out.empty() && out.back().ends_with('=');
    const bool equals = words[i] == "=" && !out.empty() && out.back().starts_with("--");
    if (value || equals) {
      out.back() += words[i];
    } else {
      out.push_back(words[i]);
    }
  }
  return out;
}

/// What stands on the line before the word that is to be completed.
struct ParsedLine {
  const CommandSpec* command = nullptr;
  std::size_t positionals = 0;  ///< behind the command
  std::set<std::string_view> given;
  const OptionSpec* open = nullptr;  ///< the option whose value comes next
  bool only_positionals = false;     ///< "--" was there
  std::string config;
};

void take_value(ParsedLine& line, const OptionSpec& option, const std::string& value) {
  if (option.name == "config") line.config = value;
}

void take_word(ParsedLine& line, const std::string& word) {
  if (line.open != nullptr) {
    take_value(line, *std::exchange(line.open, nullptr), word);
  } else if (word == "--" && !line.only_positionals) {
    line.only_positionals = true;
  } else if (word.size() > 1 && word[0] == '-' && !line.only_positionals) {
    for (const auto& named : options_in(word)) {
      if (named.option == nullptr || named.is_negated) continue;
      line.given.insert(named.option->name);
      if (named.value)
        take_value(line, *named.option, *named.value);
      else if (named.wants_value())
        line.open = named.option;
    }
  } else if (line.command == nullptr) {
    line.command = find_command(word);
  } else {
    ++line.positionals;
  }
}

/// What is offered for a word of which `begun` is typed, behind `prefix` in the same word ("--format=").
struct CandidateSet {
  const CompletionFacts& facts;
  const ParsedLine& line;
  std::string begun, prefix;
  Completion out{};
  std::set<std::string, std::less<>> offered{};

  void word(std::string_view text, std::string_view about) {
    if (text.starts_with(begun) && offered.emplace(text).second)
      out.words.push_back({prefix + std::string(text), std::string(about)});
  }
  void words(const std::vector<Candidate>& candidates) {
    for (const auto& candidate : candidates) word(candidate.word, candidate.about);
  }
  void paths(Paths paths, std::string_view ending) {
    out.paths = paths;
    out.ending = ending;
  }

  void options() {
    for (const auto& option : option_table()) {
      const bool taken = line.command == nullptr || line.command->takes(option.name);
      if (taken && (option.repeatable || !line.given.contains(option.name)))
        word("--" + std::string(option.name), help_of(option));
    }
    word("--help", "show the help");
    if (line.command == nullptr) word("--version", "print the version");
  }

  /// `name` is a placeholder of the tables, such as FILE; a word in lower case stands for itself.
  void values_named(std::string_view name) {
    const bool account = name == "ACCOUNT" || name == "SOURCE" || name == "DEST";
    if (account) words(facts.accounts(line.config));
    if (account || name == "REGION") words(facts.regions());
    if (name == "SOURCE") paths(Paths::files, ".json");
    if (name == "FILE" || name == "IN" || name == "PLANFILE") paths(Paths::files, "");
    if (name == "DIR") paths(Paths::folders, "");
    if (name == "LEDGER") {
      words(facts.ledgers());
      paths(Paths::files, ".jsonl");
    }
    if (name == "COMMAND")
      for (const auto& command : command_table()) word(command.name, command.summary);
    if (name == "TOPIC")
      for (const auto& topic : topic_table()) word(topic.name, topic.summary);
    if (name == "NAME")
      for (const auto& kind : webhook::webhook_kinds()) word(kind.name, kind.label);
    if (!name.empty() && name[0] >= 'a' && name[0] <= 'z') word(name, "");
  }
  /// "ACCOUNT|FILE", "NAME|ID"
  void alternatives(std::string_view names) {
    for (const auto name : split(names, '|')) values_named(name);
  }
  void values_of(const OptionSpec& option) {
    // Of a list, the last item is completed, and the items before it stay.
    const bool is_list = std::holds_alternative<std::set<std::string> Options::*>(option.field);
    if (const auto comma = begun.rfind(','); is_list && comma != std::string::npos) {
      prefix += begun.substr(0, comma + 1);
      begun.erase(0, comma + 1);
    }
    for (const auto choice : option.choices) word(choice, "");
    if (option.choices.empty()) alternatives(option.argument);
  }
  /// The argument that comes next, brackets and dots of its place taken off; the last one may repeat.
  void next_argument() {
    const auto places = split(line.command->arguments, ' ');
    if (places.empty() || line.positionals >= line.command->most) return;
    auto place = places[std::min(line.positionals, places.size() - 1)];
    if (place.starts_with('[')) place.remove_prefix(1);
    for (const std::string_view end : {"]", "..."})
      if (place.ends_with(end)) place.remove_suffix(end.size());
    alternatives(place);
  }
};

}  // namespace

Completion complete(const std::vector<std::string>& words, const CompletionFacts& facts) {
  const auto joined = rejoined(words);
  if (joined.empty()) return {};
  ParsedLine line;
  for (std::size_t i = 0; i + 1 < joined.size(); ++i) take_word(line, joined[i]);
  const auto& word = joined.back();
  CandidateSet candidates{facts, line, word, ""};
  if (line.open != nullptr) {
    candidates.values_of(*line.open);
  } else if (word.starts_with("--") && word.find('=') != std::string::npos && !line.only_positionals) {
    const auto named = options_in(word).front();
    if (!named.wants_value()) return {};
    candidates.begun = *named.value;
    // Where the shell holds "--format=js" in one word, the candidate replaces all of it.
    if (word == words.back()) candidates.prefix = named.written + "=";
    candidates.values_of(*named.option);
  } else if (word.starts_with('-') && !line.only_positionals) {
    candidates.options();
  } else if (line.command == nullptr) {
    candidates.values_named("COMMAND");
  } else {
    candidates.next_argument();
  }
  return candidates.out;
}

std::string completion_answer(const Completion& completion) {
  std::string out;
  for (const auto& [word, about] : completion.words) {
    if (printable(word) != word) continue;  // no shell would hand it over as it is
    out += "word\t" + word + "\t" + printable(about) + "\n";
  }
  if (completion.paths == Paths::files) out += "files\t" + completion.ending + "\n";
  if (completion.paths == Paths::folders) out += "folders\n";
  return out;
}

}  // namespace hookferry::cli
