// Commands typed one after the other, and all that they print, as text that is the same on every machine.
#pragma once

#include <string>
#include <vector>

#include "accounts.hpp"
#include "support/rooms.hpp"

namespace hookferry::test {

class Session {
 public:
  /// The configuration has `eu` and `us`, the accounts of `accounts`, and what `more` adds. Commands run in
  /// the folder of the accounts, with `columns` on a terminal that is so wide.
  explicit Session(const Accounts& accounts, const std::string& more = {}, int columns = 0);

  /// As on a command line: words with spaces between them, in single quotes where they hold some. Its exit
  /// code.
  int type(const std::string& line, const std::string& input = {});
  /// "$ hookferry …", then what went to standard output, behind "stderr:" what went there, behind "exit:" the
  /// code where that is not 0; command by command. Places, times and masks are replaced.
  const std::string& text() const { return text_; }
  /// What the last command has printed, as it was.
  const Ran& last() const { return last_; }

 private:
  std::string steady(std::string text) const;
  Ran run(const std::vector<std::string>& words, const std::string& input) const;

  const Accounts& accounts_;
  int columns_;
  std::string text_;
  Ran last_;
};

/// Holds the text against tests/e2e/golden/NAME.txt; with HOOKFERRY_GOLDEN=write in the environment the file
/// is written anew instead. Says where they differ first; empty where they do not.
std::string golden_difference(const std::string& name, const std::string& text);

/// Lines wider than that, of what a command prints for people; those that name a path of this machine or are
/// an error, which is one line however long, aside.
std::vector<std::string> lines_wider_than(std::size_t cells, const std::string& text);

/// The text with its line breaks taken out again.
std::string unbroken(const std::string& text);

}  // namespace hookferry::test
