// What is there, as a table and for programs, and a copy of it without secrets.
#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <string>
#include <vector>

#include "core/layout.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "support/accounts.hpp"
#include "support/rooms.hpp"
#include "support/terminal.hpp"

using namespace hookferry;
using namespace hookferry::test;

namespace {

bool holds(const std::string& text, const std::string& part) { return text.find(part) != std::string::npos; }

std::vector<std::string> lines_of(const std::string& text) {
  std::vector<std::string> out;
  for (std::size_t at = 0; at < text.size();) {
    const auto end = std::min(text.find('\n', at), text.size());
    out.push_back(text.substr(at, end - at));
    at = end + 1;
  }
  return out;
}

Ran with_key(const Accounts& accounts, const std::string& key, const std::vector<std::string>& arguments) {
  return accounts.run_with({{"HOOKFERRY_KEY", key}}, arguments);
}

std::string fields(const std::string& payload) {
  return R"([{"name":"uuid","value":"17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb"},{"name":"method","value":"post"},)"
         R"({"name":"headers","value":{}},{"name":"payload","value":)" +
         payload + "}]";
}

/// Two with the same key, one with another.
std::vector<std::string> with_secrets() {
  return {sendlog("first", "https://logs.test/", 1, fields(R"({"privateKey":"5f0c9d1e-key-one"})")),
          sendlog("second", "https://logs.test/", 2, fields(R"({"privateKey":"5f0c9d1e-key-one"})")),
          sendlog("third", "https://logs.test/", 3, fields(R"({"privateKey":"77aa21bc-key-two","n":1.0})")),
          slack("plain", "https://plain.test/words", 4)};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(listing)

BOOST_AUTO_TEST_CASE(a_list_shows_id_type_alias_and_host) {
  const Accounts accounts({slack("ops", "https://user:pass@hooks.test:8443/T0/B0/x9f8e7d6c5b4a", 11),
                           slack("none", "", 12), sendlog("logs", "https://logs.test/", 13)},
                          {});
  const auto ran = with_key(accounts, "eu-key", {"list", accounts.url()});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(ran.out ==
             "ID  TYPE     ALIAS  HOST\n11  slack    ops    hooks.test\n12  slack    none   -\n"
             "13  sendlog  logs   logs.test\n");
  const auto tsv =
      with_key(accounts, "eu-key", {"list", accounts.url(), "--format", "tsv", "--type", "sendlog"});
  BOOST_TEST(tsv.out == "id\ttype\talias\thost\n13\tsendlog\tlogs\tlogs.test\n");
  const auto json_text =
      with_key(accounts, "eu-key", {"list", accounts.url(), "--format", "json", "--id", "12"});
  BOOST_TEST(json::compact(json::Document::parse(json_text.out).root()) ==
             R"([{"id":12,"type":"slack","alias":"none","host":null}])");
}

BOOST_AUTO_TEST_CASE(a_list_of_a_file_needs_no_key_and_reads_what_export_writes) {
  const Accounts accounts(many(3), {});
  const auto file = accounts.folder().file("export.json");
  BOOST_TEST(with_key(accounts, "eu-key", {"export", accounts.url(), "-o", file}).code == 0);
  const auto of_file = run_hookferry({"list", file}, {});
  BOOST_TEST(of_file.code == 0, of_file.err);
  BOOST_TEST(of_file.out == with_key(accounts, "eu-key", {"list", accounts.url()}).out);
  BOOST_TEST(run_hookferry({"list", "-", "--only", "hook-1"}, {}, slurp(file)).out ==
             "ID  TYPE   ALIAS   HOST\n2   slack  hook-1  hooks.test\n");
  BOOST_TEST(run_hookferry({"list", accounts.folder().file("none.json")}, {}).code == 66);
}

BOOST_AUTO_TEST_CASE(a_table_has_80_columns_whatever_is_in_it_and_no_colour_in_a_pipe) {
  std::string wide;
  for (int i = 0; i < 60; ++i) wide += "漢";
  const auto text = array_of({slack("short", "https://hooks.test/", 1), slack(wide, "https://hooks.test/", 2),
                              slack(std::string(100, 'a'), "https://" + std::string(60, 'h') + ".test/", 3),
                              slack("bell\x07\x1b[31m", "https://hooks.test/", 4), R"({"alias":"broken"})"});
  const auto ran = run_hookferry({"list", "-"}, {}, text);
  BOOST_TEST(ran.code == 0, ran.err);
  const auto lines = lines_of(ran.out);
  BOOST_TEST(lines.size() == 6u);
  for (const auto& line : lines) BOOST_TEST(display_width(line) <= 80u, line);
  BOOST_TEST(!holds(ran.out, "\x1b"));
  BOOST_TEST(holds(ran.out, R"(bell\x07\x1b[31m)"), ran.out);
  BOOST_TEST(display_width(lines[0].substr(0, lines[0].find("HOST"))) ==
             display_width(lines[2].substr(0, lines[2].find("hooks.test"))));
  BOOST_TEST(holds(run_hookferry({"list", "-", "--color", "always"}, {}, text).out, "\x1b[1m"));
  BOOST_TEST(holds(run_hookferry({"list", "-", "--format", "tsv"}, {}, text).out, wide));
}

BOOST_AUTO_TEST_CASE(a_table_is_as_wide_as_the_terminal) {
  const TempDir folder;
  const std::string alias(120, 'a');
  spill(folder.file("in.json"), array_of({slack(alias, "https://hooks.test/", 1)}));
  for (const int columns : {60, 200}) {
    Terminal terminal({hookferry_binary(), "list", folder.file("in.json"), "--color", "never"}, {}, columns);
    BOOST_TEST(terminal.wait() == 0);
    for (const auto& line : lines_of(terminal.shown()))
      BOOST_TEST(display_width(line) <= static_cast<std::size_t>(columns) + 1,
                 line);  // with its carriage return
    BOOST_TEST(holds(terminal.shown(), alias) == (columns == 200), terminal.shown());
  }
}

BOOST_AUTO_TEST_CASE(a_redacted_export_holds_a_number_in_the_place_of_each_secret) {
  const Accounts accounts(with_secrets(), {});
  const auto ran = with_key(accounts, "eu-key", {"export", accounts.url(), "--redact"});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(!holds(ran.out, "5f0c9d1e"), ran.out);
  BOOST_TEST(!holds(ran.out, "77aa21bc"), ran.out);
  const auto document = json::Document::parse(ran.out);
  const auto webhooks = document.root().elements();
  BOOST_REQUIRE(webhooks.size() == 4u);
  for (const auto& [index, mark] : {std::pair(0, "«redacted:1»"), {1, "«redacted:1»"}, {2, "«redacted:2»"}})
    BOOST_TEST(
        holds(webhooks[static_cast<std::size_t>(index)].find("integration_type_fields")->string(), mark));
  BOOST_TEST(webhooks[3].find("url")->string() == "https://plain.test/words");
  BOOST_TEST(holds(webhooks[2].find("integration_type_fields")->string(), R"("n":1.0)"));
}

BOOST_AUTO_TEST_CASE(a_redacted_export_comes_with_the_overlay_that_restores_it) {
  const Accounts accounts(with_secrets(), {});
  const auto& folder = accounts.folder();
  const auto ran = with_key(accounts, "eu-key",
                            {"export", accounts.url(), "--redact", "-o", folder.file("r.json"),
                             "--overlay-out", folder.file("overlay.json")});
  BOOST_TEST(ran.code == 0, ran.err);
  BOOST_TEST(holds(ran.err, "Wrote 4 webhooks to " + folder.file("r.json")), ran.err);
  BOOST_TEST(holds(ran.err, "Wrote an overlay with 2 variables"), ran.err);
  BOOST_TEST(!holds(slurp(folder.file("overlay.json")), "5f0c9d1e"));
  for (const auto* name : {"r.json", "overlay.json"})
    BOOST_TEST(slurp(folder.file(name)).ends_with("]\n"), name);
  const auto transformed = accounts.run_with(
      {{"WEBHOOK_SECRET_1", "5f0c9d1e-key-one"}, {"WEBHOOK_SECRET_2", "77aa21bc-key-two"}},
      {"transform", folder.file("r.json"), "--no-rewrite", "--overlay", folder.file("overlay.json")});
  BOOST_TEST(transformed.code == 0, transformed.err);
  const auto whole =
      with_key(accounts, "eu-key", {"export", accounts.url(), "-o", folder.file("whole.json")});
  BOOST_TEST(whole.code == 0);
  BOOST_TEST(transformed.out ==
             run_hookferry({"transform", folder.file("whole.json"), "--no-rewrite"}, {}).out);
  BOOST_TEST(
      with_key(accounts, "eu-key", {"export", accounts.url(), "--overlay-out", folder.file("o")}).code == 64);
}

BOOST_AUTO_TEST_CASE(retired_receivers_are_a_warning) {
  const Accounts accounts({slack("teams", "https://example.webhook.office.com/webhookb2/abc", 1),
                           slack("genie", "https://api.eu.opsgenie.com/v1/json/coralogix", 2),
                           slack("mail", "https://outlook.office.com/mail", 3),
                           slack("other", "https://webhook.office.com.example.test/", 4)},
                          {});
  const auto ran = accounts.diff();
  BOOST_TEST(holds(ran.out, "Microsoft retires the Office 365 connectors of Teams"), ran.out);
  BOOST_TEST(holds(ran.out, "Atlassian ends Opsgenie on 2027-04-05"), ran.out);
  std::size_t warnings = 0;
  for (auto at = ran.out.find("warning: "); at != std::string::npos; at = ran.out.find("warning: ", at + 1))
    ++warnings;
  BOOST_TEST(warnings == 2u, ran.out);
}

BOOST_AUTO_TEST_CASE(a_redacted_export_cannot_be_imported_unless_an_overlay_sets_its_marks) {
  const Accounts accounts(with_secrets(), {});
  const auto file = accounts.folder().file("redacted.json");
  BOOST_TEST(with_key(accounts, "eu-key", {"export", accounts.url(), "--redact", "-o", file}).code == 0);
  const auto to_us = [&](const std::string& command, const std::vector<std::string>& more) {
    std::vector<std::string> arguments = {command, file, accounts.url(), "--yes", "--settle", "0.3"};
    if (command != "import")
      arguments.insert(arguments.end(), {"--source-region", "eu1", "--dest-region", "us1"});
    arguments.insert(arguments.end(), more.begin(), more.end());
    return accounts.run(arguments);
  };
  for (const std::string command : {"import", "migrate", "mirror"}) {
    const auto ran = to_us(command, {"--type", "sendlog"});
    BOOST_TEST(ran.code == 1, ran.err);
    BOOST_TEST(holds(ran.out, "3 invalid"), ran.out);
    BOOST_TEST(holds(ran.out, "redacted"), ran.out);
    BOOST_TEST(accounts.count("us") == 0u);
    BOOST_TEST(accounts.requests("POST") == 0u);
  }
  const auto overlay = accounts.folder().file("overlay.json");
  spill(overlay, R"([{"alias":"first","set":{"/integration_type_fields/payload/privateKey":"mine"}}])");
  const auto ran = to_us("migrate", {"--overlay", overlay});
  BOOST_TEST(ran.code == 1, ran.err);
  BOOST_TEST(accounts.aliases("us") == (std::vector<std::string>{"first", "plain"}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_SUITE_END()
