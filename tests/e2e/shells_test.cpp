// Completion and manual with the programs they are made for.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <filesystem>

#include "support/process.hpp"
#include "support/rooms.hpp"
#include "support/terminal.hpp"

namespace {

using hookferry::test::Ran;
using hookferry::test::spill;
using hookferry::test::TempDir;

/// A folder with hookferry in its bin/, a configuration, a ledger and files to complete.
class Home {
 public:
  Home() {
    for (const auto* name : {"bin", "hookferry", "work", "work/a folder"})
      std::filesystem::create_directories(folder_.file(name));
    std::filesystem::create_symlink(hookferry::test::hookferry_binary(), folder_.file("bin/hookferry"));
    spill(folder_.file("hookferry/hookferry.ini"),
          "[production]\nregion = eu1\n[recovery site]\nurl = https://hooks.example.com\n");
    spill(folder_.file("hookferry/20260101-eu1-us1.jsonl"), "");
    spill(folder_.file("work/export.json"), "[]");
    spill(folder_.file("work/notes.txt"), "");
  }

  std::string file(const std::string& name) const { return folder_.file(name); }

  hookferry::test::Environment environment() const {
    return {{"HOME", folder_.path()},
            {"XDG_CONFIG_HOME", folder_.path()},
            {"XDG_STATE_HOME", folder_.path()},
            {"LC_ALL", "C.UTF-8"}};
  }

  Ran run(const std::vector<std::string>& command) const {
    std::vector<std::string> found = {"env", "PATH=" + folder_.file("bin") + ":" + std::getenv("PATH")};
    found.insert(found.end(), command.begin(), command.end());
    return hookferry::test::run_command(found, environment());
  }

  /// What bash would put into COMPREPLY, a line each, for these words behind `hookferry`.
  std::string bash(const std::string& words) const {
    const auto ran =
        run({"bash", "--norc", "-c",
             "cd \"$HOME/work\"; source <(hookferry completion bash); COMP_WORDS=(hookferry " + words +
                 "); COMP_CWORD=$((${#COMP_WORDS[@]} - 1)); _hookferry; printf '%s\\n' "
                 "\"${COMPREPLY[@]}\"; complete -p hookferry"});
    BOOST_TEST(ran.code == 0, ran.err);
    const auto end = ran.out.find("complete -F _hookferry hookferry");
    BOOST_TEST(end != std::string::npos, ran.out);
    return ran.out.substr(0, end);
  }

 private:
  TempDir folder_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(shells)

BOOST_AUTO_TEST_CASE(bash_is_offered_commands_options_values_accounts_and_files) {
  const Home home;
  BOOST_TEST(home.bash("mig") == "migrate\n");
  BOOST_TEST(home.bash("diff --on-conf") == "--on-conflict\n");
  BOOST_TEST(home.bash("diff --on-conflict = u") == "update\n");
  BOOST_TEST(home.bash("diff --type sl") == "slack\n");
  BOOST_TEST(home.bash("diff --type slack,pag") == "slack,pager_duty\n");
  BOOST_TEST(home.bash("check pro") == "production\n");
  BOOST_TEST(home.bash("check rec") == "recovery\\ site\n");
  BOOST_TEST(home.bash("diff ex") == "export.json\n");
  BOOST_TEST(home.bash("diff no") == "\n");  // not a .json
  BOOST_TEST(home.bash("import no") == "notes.txt\n");
  BOOST_TEST(home.bash("sandbox --state ''") == "a folder\n");
  BOOST_TEST(home.bash("undo " + home.file("h")) ==
             home.file("hookferry/20260101-eu1-us1.jsonl") + "\n" + home.file("hookferry") + "\n");
}

BOOST_AUTO_TEST_CASE(zsh_completes_what_is_typed) {
  const Home home;
  hookferry::test::Terminal zsh(
      {"env", "PATH=" + home.file("bin") + ":" + std::getenv("PATH"), "zsh", "-f", "-i"}, home.environment(),
      250);
  zsh.type(
      "PS1='ready> '; cd $HOME/work; autoload -U compinit; compinit -u -D; source <(hookferry completion "
      "zsh)\n");
  zsh.type("print -r loaded=$_comps[hookferry]\n");
  zsh.wait_for("loaded=_hookferry");
  const auto completes = [&](const std::string& typed, const std::string& shown) {
    zsh.type(typed + "\t");
    zsh.wait_for(shown);
    zsh.type("\x15");  // clears the line
  };
  completes("hookferry mig", "hookferry migrate");
  completes("hookferry check pro", "hookferry check production");
  completes("hookferry diff --on-conf", "hookferry diff --on-conflict");
  completes("hookferry diff a b --on-conflict new", "--on-conflict newer");
  completes("hookferry diff a b --type slack,pag", "--type slack,pager_duty");
  completes("hookferry diff --format=js", "hookferry diff --format=json");
  completes("hookferry import no", "hookferry import notes.txt");
  completes("hookferry list --conf", "hookferry list --config");
  // Descriptions are whole.
  completes("hookferry list --co", "configuration instead of hookferry.ini");
  completes("hookferry check ", "production");
  zsh.type("exit\n");
  zsh.wait();
}

BOOST_AUTO_TEST_CASE(fish_takes_the_script_and_offers_the_same) {
  const Home home;
  const auto ran = home.run({"fish", "--no-config", "-c",
                             "cd $HOME/work; hookferry completion fish | source; for line in 'hookferry mig' "
                             "'hookferry check pro' 'hookferry diff --type slack,pag' 'hookferry diff "
                             "--format=js' 'hookferry import no'; complete -C "
                             "$line; end"});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(ran.out ==
             "migrate\tmove webhooks from one account to "
             "another\nproduction\teu1\nslack,pager_duty\tPagerDuty\n--format=json\nnotes.txt\n");
}

BOOST_AUTO_TEST_CASE(asking_for_completion_neither_fails_nor_writes_anything) {
  const Home home;
  spill(home.file("hookferry/hookferry.ini"), "this is [no configuration\n");
  std::filesystem::remove_all(home.file("state"));
  const auto ran = home.run({"hookferry", "complete", "check", ""});
  BOOST_TEST(ran.code == 0);
  BOOST_TEST(ran.err == "");
  BOOST_TEST(ran.out.find("word\teu1\t") != std::string::npos);
  BOOST_TEST(home.run({"hookferry", "complete"}).code == 0);
}

BOOST_AUTO_TEST_CASE(the_manual_page_has_no_warning_of_groff) {
  const Home home;
  const auto page = home.file("hookferry.1");
  const auto made = home.run({"hookferry", "manual"});
  BOOST_TEST(made.code == 0);
  BOOST_TEST(made.out.find('\x1b') == std::string::npos);
  spill(page, made.out);
  for (const auto* device : {"-Tutf8", "-Tascii"}) {
    const auto ran =
        home.run({"groff", "-man", "-ww", "-b", "-P-c", "-P-b", "-P-u", "-rLL=78n", device, page});
    BOOST_TEST(ran.code == 0);
    BOOST_TEST(ran.err == "");
    BOOST_TEST(ran.out.find("EXIT STATUS") != std::string::npos);
    BOOST_TEST(ran.out.find_first_of("\x1b\b") == std::string::npos);
  }
  BOOST_TEST(home.run({"lexgrog", page}).out.find("hookferry - move webhooks") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(help_has_pages_on_topics) {
  const auto ran = hookferry::test::run_hookferry({"help", "environment"}, {});
  BOOST_TEST(ran.code == 0);
  BOOST_TEST(ran.out.find("HOOKFERRY_SOURCE_KEY") != std::string::npos);
  const auto wrong = hookferry::test::run_hookferry({"help", "enviroment"}, {});
  BOOST_TEST(wrong.code == 64);
  BOOST_TEST(wrong.err.find("did you mean environment?") != std::string::npos, wrong.err);
}

BOOST_AUTO_TEST_SUITE_END()
