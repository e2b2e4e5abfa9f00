// What a shell may offer for the word under the cursor. The shells' scripts know nothing of commands and
// options: they ask `hookferry complete WORD...` at every press of the key, so that what is offered is what
// this binary takes.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace hookferry {

struct Candidate {
  std::string word;
  std::string about;  ///< one line for those shells that show it
};

/// What stands in no table of the program.
struct CompletionFacts {
  /// Sections of the configuration; told the value of --config, empty where it was not given.
  std::function<std::vector<Candidate>(const std::string& config)> accounts;
  std::function<std::vector<Candidate>()> regions;
  std::function<std::vector<Candidate>()> ledgers;
};

struct Completion {
  std::vector<Candidate> words;
  enum class Paths { none, files, folders } paths = Paths::none;  ///< offered beside the words
  std::string ending;                                             ///< of the files; empty: any
};

/// `words` behind the program's name, the one to be completed last; it may be empty. Pieces around a "="
/// that stands alone, as bash hands them over, are one word.
Completion complete(const std::vector<std::string>& words, const CompletionFacts& facts);

/// The answer as the scripts read it: "word<TAB>WORD<TAB>ABOUT", "files<TAB>ENDING" or "folders", one a line.
std::string completion_answer(const Completion& completion);

/// The script of "bash", "zsh" or "fish".
std::string_view completion_script(std::string_view shell);

/// The hidden command behind the scripts. Never fails: what cannot be found out is not offered.
std::string answer_completion(const std::vector<std::string>& words);

}  // namespace hookferry
