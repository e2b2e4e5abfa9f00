#include "sessions.hpp"

#include <cstdlib>
#include <fstream>
#include <regex>
#include <sstream>

#include "core/layout.hpp"
#include "support/rooms.hpp"
#include "support/terminal.hpp"

namespace hookferry::test {
namespace {

std::vector<std::string> words_of(const std::string& line) {
  std::vector<std::string> out;
  bool inside = false, any = false;
  std::string word;
  for (const char c : line) {
    if (c == '\'') {
      inside = !inside;
      any = true;
    } else if (c == ' ' && !inside) {
      if (any) out.push_back(word);
      word.clear();
      any = false;
    } else {
      word.push_back(c);
      any = true;
    }
  }
  if (any) out.push_back(word);
  return out;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto at = text.find(from); at != std::string::npos; at = text.find(from, at + to.size()))
    text.replace(at, from.size(), to);
}

}  // namespace

Session::Session(const Accounts& accounts, const std::string& more, int columns)
    : accounts_(accounts), columns_(columns) {
  const auto account = [&](const std::string& name, const std::string& region) {
    return "[" + name + "]\nregion = " + region + "1\nurl = " + accounts.url() + "\napi-key-env = KEY_OF_" +
           name + "\n";
  };
  spill(accounts.folder().file("hookferry.ini"),
        "[defaults]\nsettle = 0.3\n" + account("eu", "eu") + account("us", "us") + more);
}

int Session::type(const std::string& line, const std::string& input) {
  auto words = words_of(line);
  for (auto& word : words) replace_all(word, "FOLDER", accounts_.folder().path());
  last_ = run(words, input);
  text_ += "$ hookferry " + line + "\n" + steady(last_.out);
  if (!last_.err.empty()) text_ += "stderr:\n" + steady(last_.err);
  if (last_.code != 0) text_ += "exit: " + std::to_string(last_.code) + "\n";
  text_ += "\n";
  return last_.code;
}

Ran Session::run(const std::vector<std::string>& words, const std::string& input) const {
  Environment environment = {{"HOOKFERRY_CONFIG", accounts_.folder().file("hookferry.ini")},
                             {"KEY_OF_eu", "eu-key"},
                             {"KEY_OF_us", "us-key"},
                             {"HOOKFERRY_KEY", ""},
                             {"HOOKFERRY_SOURCE_KEY", ""},
                             {"HOOKFERRY_DEST_KEY", ""}};
  if (columns_ == 0) return accounts_.run_with(environment, words, input);
  // Paths are relative, so that they break no line elsewhere on another machine.
  std::vector<std::string> command = {"sh", "-c", R"(cd "$0" && exec "$@")", accounts_.folder().path(),
                                      hookferry_binary()};
  command.insert(command.end(), words.begin(), words.end());
  environment.insert({{"LC_ALL", "C.UTF-8"}, {"TERM", "dumb"}, {"PAGER", "cat"}});
  Terminal terminal(command, accounts_.environment(environment), columns_);
  Ran out;
  out.code = terminal.wait();
  out.out = terminal.shown();
  replace_all(out.out, "\r\n", "\n");
  return out;
}

std::string Session::steady(std::string text) const {
  const auto host = accounts_.url().substr(accounts_.url().find("//") + 2);
  replace_all(text, host, "127.0.0.1:8080");
  replace_all(text, accounts_.folder().path(), "FOLDER");
  const std::pair<const char*, const char*> changing[] = {
      {R"(\*\*\*[0-9a-f]{6})", "***"},
      {R"([0-9]{8}T[0-9]{6}Z-([a-z]+)-([a-z]+)-[0-9]+\.jsonl)", "TIME-$1-$2-N.jsonl"},
      {R"([0-9]{4}-[0-9]{2}-[0-9]{2}[T ][0-9]{2}:[0-9]{2}(:[0-9.]+)?)", "TIME"},
      {R"(changed 20(2[6-9]|[3-9][0-9])-[0-9]{2}-[0-9]{2})", "changed TODAY"},
      {R"(pid [0-9]+)", "pid N"},
      {R"(hookferry: (reading|writing|waiting)[^\n]*\n)", ""}};
  for (const auto& [pattern, steady] : changing) text = std::regex_replace(text, std::regex(pattern), steady);
  return text;
}

std::string golden_difference(const std::string& name, const std::string& text) {
  const auto path = HOOKFERRY_SOURCE_DIR "/tests/e2e/golden/" + name + ".txt";
  const auto* wish = std::getenv("HOOKFERRY_GOLDEN");
  if (wish != nullptr && std::string(wish) == "write") {
    spill(path, text);
    return {};
  }
  std::ifstream file(path);
  if (!file) return "there is no " + path + "; HOOKFERRY_GOLDEN=write makes it";
  std::istringstream now(text);
  std::string wanted, got;
  for (int number = 1;; ++number) {
    const bool more_wanted = static_cast<bool>(std::getline(file, wanted));
    const bool more_got = static_cast<bool>(std::getline(now, got));
    if (!more_wanted && !more_got) return {};
    if (more_wanted && more_got && wanted == got) continue;
    return path + ":" + std::to_string(number) + "\n  is to be: " + (more_wanted ? wanted : "(the end)") +
           "\n  is:       " + (more_got ? got : "(the end)");
  }
}

std::vector<std::string> lines_wider_than(std::size_t cells, const std::string& text) {
  std::vector<std::string> out;
  std::istringstream stream(text);
  for (std::string line; std::getline(stream, line);) {
    const bool one_line = line.starts_with("hookferry: error:") || line.starts_with("hookferry: warning:") ||
                          line.starts_with("$ ") || line.find("FOLDER") != std::string::npos;
    if (!one_line && display_width(line) > cells) out.push_back(line);
  }
  return out;
}

std::string unbroken(const std::string& text) {
  return std::regex_replace(text, std::regex("\\s*\n\\s*"), " ");
}

}  // namespace hookferry::test
