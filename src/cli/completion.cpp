#include <algorithm>
#include <set>

#include "cli/help.hpp"
#include "core/text.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::cli {
namespace {

using Paths = Completion::Paths;

std::string first_part(std::string_view text) {
  return std::string(text.substr(0, text.find_first_of(".;")));
}

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
struct Line {
  const CommandSpec* command = nullptr;
  std::vector<std::string> positionals;  ///< behind the command
  std::set<std::string_view> given;
  const OptionSpec* open = nullptr;  ///< the option whose value comes next
  bool only_positionals = false;     ///< "--" was there
  std::string config;
};

const OptionSpec* option_of_letter(char letter) {
  for (const auto& option : option_table())
    if (option.letter == letter) return &option;
  return nullptr;
}

void take_option(Line& line, const OptionSpec* option, const std::optional<std::string>& value) {
  if (option == nullptr) return;
  line.given.insert(option->name);
  if (option->argument.empty()) return;
  if (!value) {
    line.open = option;
  } else if (option->name == "config") {
    line.config = *value;
  }
}

void take_word(Line& line, const std::string& word) {
  if (line.open != nullptr) {
    take_option(line, std::exchange(line.open, nullptr), word);
  } else if (word == "--" && !line.only_positionals) {
    line.only_positionals = true;
  } else if (word.starts_with("--") && !line.only_positionals) {
    const auto equals = word.find('=');
    take_option(line, find_option(std::string_view(word).substr(2, equals - 2)),
                equals == std::string::npos ? std::nullopt : std::optional(word.substr(equals + 1)));
  } else if (word.size() > 1 && word[0] == '-' && !line.only_positionals) {
    // Of several letters in one word only the last can wait for a value.
    take_option(line, option_of_letter(word.back()), std::nullopt);
  } else if (line.command == nullptr) {
    line.command = find_command(word);
  } else {
    line.positionals.push_back(word);
  }
}

class Offer {
 public:
  Offer(const CompletionFacts& facts, const Line& line, std::string begun, std::string prefix)
      : facts_(facts), line_(line), begun_(std::move(begun)), prefix_(std::move(prefix)) {}

  void word(std::string_view text, std::string_view about) {
    if (text.starts_with(begun_) && offered_.emplace(text).second)
      out_.words.push_back({prefix_ + std::string(text), std::string(about)});
  }
  void words(const std::vector<Candidate>& candidates) {
    for (const auto& candidate : candidates) word(candidate.word, candidate.about);
  }
  void paths(Paths paths, std::string_view ending) {
    out_.paths = paths;
    out_.ending = ending;
  }
  Completion take() && { return std::move(out_); }

  void commands() {
    for (const auto& command : command_table()) word(command.name, command.summary);
  }
  void topics() {
    for (const auto& topic : topic_table()) word(topic.name, topic.summary);
  }
  void regions() { words(facts_.regions()); }
  void accounts() {
    words(facts_.accounts(line_.config));
    regions();
  }
  void types() {
    for (const auto& kind : webhook::webhook_kinds()) word(kind.name, kind.label);
  }
  void options() {
    for (const auto& option : option_table()) {
      const bool taken =
          line_.command == nullptr || std::find(line_.command->options.begin(), line_.command->options.end(),
                                                option.name) != line_.command->options.end();
      if (taken && (option.repeatable || !line_.given.contains(option.name)))
        word("--" + std::string(option.name), first_part(help_of(option)));
    }
    word("--help", "tell more");
    if (line_.command == nullptr) word("--version", "tell the version");
  }
  /// `name` is a placeholder of the tables, such as FILE; a word in lower case stands for itself.
  void values_of(std::string_view name) {
    if (name == "ACCOUNT" || name == "DEST") return accounts();
    if (name == "SOURCE") return accounts(), paths(Paths::files, ".json");
    if (name == "FILE" || name == "IN" || name == "PLANFILE") return paths(Paths::files, "");
    if (name == "LEDGER") return words(facts_.ledgers()), paths(Paths::files, ".jsonl");
    if (name == "DIR") return paths(Paths::folders, "");
    if (name == "REGION") return regions();
    if (name == "COMMAND") return commands();
    if (name == "TOPIC") return topics();
    if (name == "NAME") return types();
    if (!name.empty() && is_lower(name[0])) word(name, "");
  }
  /// "ACCOUNT|FILE", "NAME|ID"
  void alternatives(std::string_view names) {
    for (const auto name : split(names, '|')) values_of(name);
  }
  void values_of(const OptionSpec& option) {
    for (const auto choice : words_of(option.choices)) word(choice, "");
    if (option.choices.empty()) alternatives(option.argument);
  }
  /// The argument that comes next, brackets and dots of its place taken off; the last one may repeat.
  void next_argument() {
    const auto places = words_of(line_.command->arguments);
    if (places.empty() || line_.positionals.size() >= line_.command->most) return;
    auto place = places[std::min(line_.positionals.size(), places.size() - 1)];
    if (place.starts_with('[')) place.remove_prefix(1);
    for (const std::string_view end : {"]", "...", "\u2026", "]"})
      if (place.ends_with(end)) place.remove_suffix(end.size());
    alternatives(place);
  }

 private:
  const CompletionFacts& facts_;
  const Line& line_;
  std::string begun_;   ///< what the user has typed of it
  std::string prefix_;  ///< what stands in the word before that: "--format="
  std::set<std::string, std::less<>> offered_;
  Completion out_;
};

/// `whole`: the shell holds "--format=js" in one word, which the candidate replaces.
Completion complete_value_behind_equals(const Line& line, const CompletionFacts& facts,
                                        const std::string& word, bool whole) {
  const auto equals = word.find('=');
  const auto* option = find_option(std::string_view(word).substr(2, equals - 2));
  if (option == nullptr || option->argument.empty()) return {};
  Offer offer(facts, line, word.substr(equals + 1), whole ? word.substr(0, equals + 1) : std::string());
  offer.values_of(*option);
  return std::move(offer).take();
}

}  // namespace

Completion complete(const std::vector<std::string>& words, const CompletionFacts& facts) {
  const auto joined = rejoined(words);
  if (joined.empty()) return {};
  Line line;
  for (std::size_t i = 0; i + 1 < joined.size(); ++i) take_word(line, joined[i]);
  const auto& word = joined.back();
  const bool option = word.starts_with('-') && !line.only_positionals;
  if (line.open == nullptr && option && word.starts_with("--") && word.find('=') != std::string::npos)
    return complete_value_behind_equals(line, facts, word, word == words.back());
  Offer offer(facts, line, word, "");
  if (line.open != nullptr) {
    offer.values_of(*line.open);
  } else if (option) {
    offer.options();
  } else if (line.command == nullptr) {
    offer.commands();
  } else {
    offer.next_argument();
  }
  return std::move(offer).take();
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
