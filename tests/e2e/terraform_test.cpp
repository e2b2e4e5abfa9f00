// Files for Terraform by the real binary: which webhooks are in them, what is overwritten, and exit codes.
// tests/terraform evaluates their text.
#include <boost/test/unit_test.hpp>

#include <filesystem>
#include <string>
#include <vector>

#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "support/v5_webhooks.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

namespace fs = std::filesystem;

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

fs::perms mode_of(const fs::path& file) { return fs::status(file).permissions(); }

/// An export with a webhook of each type, and a folder for the files.
struct Fixture {
  Fixture() { spill(export_file, v5_export()); }
  Ran run(const std::vector<std::string>& more = {}) const {
    std::vector<std::string> arguments = {"terraform", export_file, "--except", "ibm-en", "-o", out.string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return run_hookferry(arguments, {});
  }
  std::string text(const std::string& name) const { return slurp(out / name); }

  TempDir folder;
  std::string export_file = folder.file("v5.json");
  fs::path out = folder / "tf";
};

}  // namespace

BOOST_AUTO_TEST_SUITE(terraform)

BOOST_AUTO_TEST_CASE(files_are_private_and_a_second_run_writes_the_same_bytes) {
  const Fixture fixture;
  const auto ran = fixture.run();
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(ran.out == "");
  BOOST_TEST(holds(ran.err, "Wrote 11 resources, 11 import blocks and "), ran.err);
  std::vector<std::string> first;
  const std::vector<std::string> names = {"webhooks.tf", "imports.tf", "variables.tf", "provider.tf",
                                          "secrets.auto.tfvars.json"};
  for (const auto& name : names) {
    first.push_back(fixture.text(name));
    BOOST_TEST((mode_of(fixture.out / name) == (fs::perms::owner_read | fs::perms::owner_write)), name);
    BOOST_TEST(first.back().starts_with("# Written by hookferry.") == name.ends_with(".tf"), name);
  }
  BOOST_TEST(fixture.text(".gitignore") == "secrets.auto.tfvars.json\n");
  BOOST_TEST((mode_of(fixture.out / ".gitignore") == (fs::perms::owner_read | fs::perms::owner_write)));
  BOOST_TEST(fixture.run().code == 0);
  for (std::size_t i = 0; i < names.size(); ++i) BOOST_TEST(fixture.text(names[i]) == first[i], names[i]);
  BOOST_TEST(fixture.text(".gitignore") == "secrets.auto.tfvars.json\n");
  BOOST_TEST(fixture.run({"--no-provider"}).code == 0);
  BOOST_TEST(fixture.text("provider.tf") == first[3]);
}

BOOST_AUTO_TEST_CASE(an_edited_or_foreign_file_is_not_overwritten) {
  const Fixture fixture;
  BOOST_TEST(fixture.run().code == 0);
  const auto edited = fixture.text("imports.tf") + "# mine\n";
  spill(fixture.out / "imports.tf", edited);
  spill(fixture.out / "secrets.auto.tfvars.json", "{}");
  const auto refused = fixture.run();
  BOOST_TEST(refused.code == 73);
  BOOST_TEST(holds(refused.err, "imports.tf was edited, or hookferry did not write it; nothing was written"),
             refused.err);
  BOOST_TEST(holds(refused.err, "--force"), refused.err);
  BOOST_TEST(fixture.text("imports.tf") == edited);
  BOOST_TEST(fixture.text("secrets.auto.tfvars.json") == "{}");
  BOOST_TEST(fixture.run({"--force"}).code == 0);
  BOOST_TEST(!holds(fixture.text("imports.tf"), "# mine"));
  spill(fixture.out / "webhooks.tf", "");
  BOOST_TEST(fixture.run().code == 73);
}

BOOST_AUTO_TEST_CASE(variables_of_others_are_never_overwritten) {
  const Fixture fixture;
  BOOST_TEST(fixture.run().code == 0);
  const std::string foreign = R"({"coralogix_webhook_a":"x","database_password":"y"})";
  spill(fixture.out / "secrets.auto.tfvars.json", foreign);
  for (const std::vector<std::string>& options : {std::vector<std::string>{}, {"--force"}}) {
    const auto ran = fixture.run(options);
    BOOST_TEST(ran.code == 73);
    BOOST_TEST(holds(ran.err, "secrets.auto.tfvars.json"), ran.err);
    BOOST_TEST(!holds(ran.err, "database_password"), ran.err);
    BOOST_TEST(fixture.text("secrets.auto.tfvars.json") == foreign);
  }
}

BOOST_AUTO_TEST_CASE(an_existing_gitignore_gets_the_line_and_keeps_its_mode) {
  const Fixture fixture;
  fs::create_directory(fixture.out);
  spill(fixture.out / ".gitignore", ".terraform/");
  fs::permissions(fixture.out / ".gitignore", static_cast<fs::perms>(0644));
  BOOST_TEST(fixture.run().code == 0);
  BOOST_TEST(fixture.text(".gitignore") == ".terraform/\nsecrets.auto.tfvars.json\n");
  BOOST_TEST((mode_of(fixture.out / ".gitignore") == static_cast<fs::perms>(0644)));
}

BOOST_AUTO_TEST_CASE(a_file_that_would_be_empty_replaces_only_an_earlier_one) {
  const Fixture fixture;
  fs::create_directory(fixture.out);
  spill(fixture.out / "provider.tf", "# mine");
  BOOST_TEST(fixture.run().code == 73);
  BOOST_TEST(fixture.run({"--no-provider", "--inline-secrets"}).code == 0);
  BOOST_TEST(fixture.text("provider.tf") == "# mine");
  for (const std::string name : {"variables.tf", "secrets.auto.tfvars.json", ".gitignore"})
    BOOST_TEST(!fs::exists(fixture.out / name), name);
  BOOST_TEST(holds(fixture.text("webhooks.tf"), "jira-token"));
  BOOST_TEST(fixture.run({"--no-provider"}).code == 0);
  BOOST_TEST(holds(fixture.text("secrets.auto.tfvars.json"), "jira-token"));
  BOOST_TEST(fixture.run({"--no-provider", "--inline-secrets"}).code == 0);
  BOOST_TEST(fixture.text("secrets.auto.tfvars.json") == "{}\n");
  BOOST_TEST(!holds(fixture.text("variables.tf"), "variable"));
}

BOOST_AUTO_TEST_CASE(standard_output_has_everything_but_the_secrets) {
  const Fixture fixture;
  const auto ran = run_hookferry({"terraform", fixture.export_file}, {});
  BOOST_TEST(ran.code == 1);  // IBM is left out
  BOOST_TEST(holds(ran.err, "left out: \"ibm-en\" (ibm_event_notifications): the provider has no type"),
             ran.err);
  BOOST_TEST(holds(ran.err, "not shown"), ran.err);
  std::size_t at = 0;
  for (const std::string part :
       {"resource \"coralogix_webhook\"", "\nimport {", "\nvariable ", "\nprovider "}) {
    at = ran.out.find(part, at);
    BOOST_REQUIRE(at != std::string::npos);
  }
  BOOST_TEST(!holds(ran.out, "jira-token"));
  BOOST_TEST(
      !holds(run_hookferry({"terraform", fixture.export_file, "--no-provider"}, {}).out, "provider \""));
}

BOOST_AUTO_TEST_CASE(an_account_has_the_same_files_by_both_apis) {
  const Accounts accounts({slack("ops", "https://hooks.test/words", 1), sendlog("logs", "", 2)}, {});
  const auto run = [&](const std::vector<std::string>& arguments) {
    const auto ran = accounts.run_with({{"HOOKFERRY_KEY", ""}}, arguments);
    BOOST_TEST(ran.code == 0, ran.err);
    BOOST_TEST(!holds(ran.err, "warning"), ran.err);
    return ran.out;
  };
  const auto of_v1 = run({"terraform", accounts.url(), "--api", "v1"});
  BOOST_TEST(holds(of_v1, "\nimport {\n  to = coralogix_webhook.ops\n"), of_v1);
  BOOST_TEST(holds(of_v1, "\nimport {\n  to = coralogix_webhook.logs\n"), of_v1);
  BOOST_TEST(run({"terraform", accounts.url()}) == of_v1);
  BOOST_TEST(run({"terraform", accounts.url(), "--api", "v5"}) == of_v1);
  const auto file = accounts.folder().file("v5.json");
  run({"export", accounts.url(), "--api", "v5", "-o", file});
  BOOST_TEST(run({"terraform", file}) == of_v1);
  BOOST_TEST(accounts.requests("POST") + accounts.requests("PUT") + accounts.requests("DELETE") == 0u);

  spill(accounts.folder() / "c.ini", "[prod]\nregion = eu2\nurl = " + accounts.url() + "\n");
  const auto of_section =
      accounts.run_with({{"HOOKFERRY_SOURCE_KEY", ""}, {"HOOKFERRY_KEY", "eu-key"}},
                        {"terraform", "prod", "--config", accounts.folder().file("c.ini")});
  BOOST_TEST(of_section.code == 0, of_section.err);
  BOOST_TEST(holds(of_section.out, "  env = \"EU2\"\n"), of_section.out);
}

BOOST_AUTO_TEST_CASE(only_selected_webhooks_are_read_by_v5) {
  const Accounts accounts(many(5), {});
  for (const std::string api : {"v1", "v5"}) {
    const auto ran = accounts.run({"terraform", accounts.url(), "--api", api, "--only", "hook-[12]"});
    BOOST_TEST(ran.code == 0, ran.err);
    BOOST_TEST(holds(ran.out, "\"hook_2\""), ran.out);
  }
  BOOST_TEST(accounts.requests("GETONE") == 4u);
}

BOOST_AUTO_TEST_CASE(an_account_without_v5_has_no_imports_and_that_is_reported) {
  const Accounts accounts({slack("ops", "https://hooks.test/words", 1), sendlog("logs", "", 2)}, {},
                          {"--fault", "GETONE:status=403"});
  const auto ran = accounts.run({"terraform", accounts.url(), "-o", accounts.folder().file("tf")});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(holds(ran.err, "warning: the account cannot be read by v5"), ran.err);
  BOOST_TEST(holds(ran.err, "2 webhooks have no import block"), ran.err);
  BOOST_TEST(!fs::exists(accounts.folder() / "tf/imports.tf"));
  const auto text = slurp(accounts.folder() / "tf/webhooks.tf");
  BOOST_TEST(holds(text, "\"coralogix_webhook\" \"logs\""), text);
  BOOST_TEST(holds(text, "# Warning: not carried over: method"), text);
}

BOOST_AUTO_TEST_CASE(strict_writes_nothing_if_there_is_a_warning) {
  const Fixture fixture;
  const auto ran = fixture.run({"--strict"});
  BOOST_TEST(ran.code == 1);
  BOOST_TEST(holds(ran.err, "with --strict"), ran.err);
  BOOST_TEST(!fs::exists(fixture.out));
  BOOST_TEST(fixture.run({"--strict", "--only", "on-call"}).code == 0);
}

BOOST_AUTO_TEST_CASE(a_ledger_selects_what_its_runs_wrote) {
  const Accounts accounts({slack("same", "https://a.test/", 1), slack("new", "https://a.test/", 2)},
                          {slack("same", "https://a.test/", 7), slack("new", "https://b.test/", 8)});
  BOOST_TEST(accounts.migrate({"--on-conflict", "duplicate", "--no-rewrite"}).code == 0);
  const Environment one_key = {{"HOOKFERRY_SOURCE_KEY", ""}};
  for (const std::vector<std::string>& ledger :
       {std::vector<std::string>{accounts.ledger()}, {"--last"}, {"1"}}) {
    std::vector<std::string> arguments = {"terraform"};
    arguments.insert(arguments.end(), ledger.begin(), ledger.end());
    const auto ran = accounts.run_with(one_key, arguments);
    BOOST_TEST(ran.code == 0, ran.err);
    // The name is that of the whole account, in which another one comes first.
    BOOST_TEST(holds(ran.out, "\"coralogix_webhook\" \"new_2\""), ran.out);
    BOOST_TEST(!holds(ran.out, "\"same\""), ran.out);
  }
  const auto copy = accounts.folder().file("record");
  fs::copy_file(accounts.ledger(), copy);
  BOOST_TEST(holds(accounts.run_with(one_key, {"terraform", copy}).out, "\"new_2\""));

  accounts.somebody_deletes("us", accounts.webhooks("us").back().id);
  const auto gone = accounts.run_with(one_key, {"terraform", accounts.ledger()});
  BOOST_TEST(gone.code == 0);
  BOOST_TEST(holds(gone.err, "the account no longer has 1 webhook of the ledger's runs"), gone.err);
  BOOST_TEST(!holds(gone.out, "resource"), gone.out);
}

BOOST_AUTO_TEST_CASE(a_ledger_of_a_destination_by_v5_is_read_by_v5) {
  const Accounts accounts({slack("new", "https://a.test/", 1)}, {slack("there", "https://b.test/", 8)});
  BOOST_TEST(accounts.migrate({"--dest-api", "v5", "--no-rewrite"}).code == 0);
  const auto ran = accounts.run({"terraform", accounts.ledger()});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(holds(ran.out, "\nimport {\n  to = coralogix_webhook.new\n"), ran.out);
  BOOST_TEST(!holds(ran.out, "there"), ran.out);
}

BOOST_AUTO_TEST_CASE(what_was_undone_is_no_longer_of_the_ledger) {
  const Accounts accounts({slack("new", "https://a.test/", 1)}, {});
  BOOST_TEST(accounts.migrate().code == 0);
  BOOST_TEST(accounts.run({"undo", accounts.ledger(), "--yes", "--settle", "0.1"}).code == 0);
  const auto ran = accounts.run({"terraform", accounts.ledger()});
  BOOST_TEST(ran.code == 0);
  BOOST_TEST(!holds(ran.err, "no longer has"), ran.err);
  BOOST_TEST(!holds(ran.out, "resource"), ran.out);
}

BOOST_AUTO_TEST_CASE(what_is_no_account_file_or_ledger_is_refused) {
  const TempDir folder;
  const auto refused = [&](const std::vector<std::string>& more, int code) {
    std::vector<std::string> arguments = {"terraform"};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const auto ran = run_hookferry(arguments, {{"HOME", folder.path()}, {"XDG_STATE_HOME", folder.path()}});
    BOOST_TEST(ran.code == code, ran.err);
    BOOST_TEST(ran.out == "");
  };
  refused({}, 64);
  refused({"no-such-account"}, 64);
  refused({"x.json", "--last"}, 64);
  refused({folder.file("none.jsonl")}, 66);
  refused({folder.file("none.json")}, 66);
  refused({"--last"}, 66);
  spill(folder / "text.json", "no JSON");
  refused({folder.file("text.json")}, 65);
  spill(folder / "a.json", v5_export());
  spill(folder / "file", "");
  refused({folder.file("a.json"), "-o", folder.file("file"), "--except", "ibm-en"}, 73);
}

BOOST_AUTO_TEST_CASE(a_redacted_export_makes_no_resources) {
  const Accounts accounts({slack("ops", "https://hooks.slack.com/services/T024BE7LH/B0/x9f8e7d6c5b4a", 1)},
                          {});
  const auto redacted = accounts.run({"export", accounts.url(), "--redact"});
  const auto ran = run_hookferry({"terraform", "-"}, {}, redacted.out);
  BOOST_TEST(ran.code == 1, ran.err);
  BOOST_TEST(holds(ran.err, "its secrets are redacted"), ran.err);
}

BOOST_AUTO_TEST_SUITE_END()
