// A catalogue of realistic webhooks of all types with planted secrets, through every channel of the binary:
// none of the secrets can be read, and what people need can.
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <set>

#include <boost/algorithm/string/replace.hpp>

#include "json/build.hpp"
#include "support/accounts.hpp"
#include "support/raw_server.hpp"
#include "support/rooms.hpp"
#include "webhook/kinds.hpp"

using namespace hookferry::test;
using boost::json::value;
namespace json = hookferry::json;

namespace {

const std::string uuid = "17a3b9e3-b0bc-4bc0-9e06-98d2a4c54ecb";

struct Entry {
  std::string what, webhook;
  std::vector<std::string> secrets;
  bool in_alias = false;
};

std::string text_of(const value& string) { return std::string(string.as_string()); }

/// As an account holds it.
std::string webhook_text(std::size_t id, const std::string& alias, std::int64_t type, const std::string& url,
                         const value& fields) {
  const auto inner = fields.is_string() ? text_of(fields) : boost::json::serialize(fields);
  const auto& kind = *hookferry::find_kind(type);
  const boost::json::object block = {
      {"label", std::string(kind.label)}, {"icon", std::string(kind.icon)}, {"id", type}};
  return boost::json::serialize(boost::json::object{{"id", id},
                                                    {"company_id", 1},
                                                    {"alias", alias},
                                                    {"url", url},
                                                    {"integration_type_fields", inner},
                                                    {"integration_type_id", type},
                                                    {"integration_type", block}});
}

/// Another secret of the same form: letters and digits turn into their neighbours.
std::string other_secret(std::string secret) {
  for (auto& c : secret) {
    if (c >= 'b' && c <= 'y') ++c;
    if (c >= 'B' && c <= 'Y') ++c;
    if (c >= '1' && c <= '8') ++c;
  }
  return secret;
}

struct Catalogue {
  Catalogue() {
    const auto data =
        boost::json::parse(slurp(std::string(HOOKFERRY_SOURCE_DIR) + "/tests/data/secret_catalogue.json"));
    for (const auto& payload : data.at("payloads").as_array()) {
      Entry entry{text_of(payload.at("what")), {}, {}, payload.as_object().contains("alias")};
      const auto id = entries.size() + 1;
      const auto alias = entry.in_alias ? text_of(payload.at("alias")) : "hook-" + std::to_string(id);
      const auto type = payload.at("type").as_int64();
      entry.webhook = webhook_text(id, alias, type, text_of(payload.at("url")), payload.at("fields"));
      types.insert(type);
      for (const auto& secret : payload.at("secrets").as_array()) entry.secrets.push_back(text_of(secret));
      count += entry.secrets.size();
      entries.push_back(std::move(entry));
    }
    for (const auto& plain : data.at("plain").as_array())
      plain_fields[plain.at("member").as_string()] = plain.at("value");
  }

  std::vector<std::string> webhooks() const {
    std::vector<std::string> out;
    for (const auto& entry : entries) out.push_back(entry.webhook);
    return out;
  }

  /// The same webhooks with other secrets; those in aliases stay.
  std::vector<std::string> other_webhooks() const {
    auto out = webhooks();
    for (std::size_t i = 0; i < out.size(); ++i)
      if (!entries[i].in_alias)
        for (const auto& secret : entries[i].secrets)
          boost::replace_all(out[i], escaped(secret), escaped(other_secret(secret)));
    return out;
  }

  /// What can be read in the text, one line for each secret.
  std::string visible(std::string text, bool may_show_aliases = false) const {
    for (const auto& [from, to] : {std::pair("\\/", "/"), std::pair("&amp;", "&"), std::pair("&#39;", "'")})
      boost::replace_all(text, from, to);
    std::string out;
    for (const auto& entry : entries)
      for (const auto& secret : entry.secrets)
        if (!(entry.in_alias && may_show_aliases) &&
            (shows(text, secret) || shows(text, other_secret(secret))))
          out += entry.what + ": " + secret + "\n";
    return out;
  }

  std::vector<Entry> entries;
  boost::json::object plain_fields;
  std::set<std::int64_t> types;
  std::size_t count = 0;

 private:
  /// As it stands in a string inside a string.
  static std::string escaped(const std::string& text) {
    const auto twice = json::encode(json::encode(text));
    return twice.substr(3, twice.size() - 6);
  }
  /// Ten characters of a long secret are as good as all of it.
  static bool shows(const std::string& text, const std::string& secret) {
    constexpr std::size_t window = 10, long_secret = 16;
    if (secret.size() < long_secret) return text.find(secret) != std::string::npos;
    for (std::size_t i = 0; i + window <= secret.size(); ++i)
      if (text.find(secret.substr(i, window)) != std::string::npos) return true;
    return false;
  }
};

const Catalogue& catalogue() {
  static const Catalogue out;
  return out;
}

void check(const std::string& channel, const std::string& text, bool may_show_aliases = false) {
  const auto found = catalogue().visible(text, may_show_aliases);
  BOOST_TEST_MESSAGE(channel << ": " << std::count(found.begin(), found.end(), '\n') << " of "
                             << catalogue().count << " visible");
  BOOST_TEST(found == "", channel << " shows\n" << found);
  BOOST_TEST(text != "", channel);
}

std::string joined_lines(std::string text) {
  for (std::string indented; indented != text;) {
    indented = text;
    boost::replace_all(text, "\n ", "\n");
  }
  boost::replace_all(text, "\n", "");
  return text;
}

void check_screen(const std::string& channel, const std::string& text) {
  check(channel, text + joined_lines(text));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(secret_catalogue)

BOOST_AUTO_TEST_CASE(the_catalogue_is_large_and_has_all_types) {
  BOOST_TEST(catalogue().entries.size() >= 150u);
  BOOST_TEST(catalogue().count >= 160u);
  BOOST_TEST(catalogue().types.size() == 9u);
  BOOST_TEST(catalogue().plain_fields.size() >= 60u);
}

BOOST_AUTO_TEST_CASE(creations_show_no_secret) {
  const Accounts accounts(catalogue().webhooks(), {});
  const auto file = [&](const std::string& name) { return accounts.folder().file(name); };
  const auto diff = accounts.diff({"--report", file("plan.html")});
  BOOST_TEST(diff.code == 2);
  check_screen("screen, creates", diff.out + diff.err);
  check("HTML, creates", slurp(file("plan.html")));
  check("JSON, creates", accounts.diff({"--format", "json", "--report", file("plan.md"), "-vv"}).out);
  check("Markdown, creates", slurp(file("plan.md")));
  accounts.diff({"--out", file("plan")});
  check("plan file", slurp(file("plan")));
  for (const std::string format : {"text", "json", "tsv"})
    check("list " + format,
          accounts.run_with({{"HOOKFERRY_KEY", "eu-key"}}, {"list", accounts.url(), "--format", format}).out);
  const auto redacted =
      accounts.run_with({{"HOOKFERRY_KEY", "eu-key"}}, {"export", accounts.url(), "--redact"});
  BOOST_TEST(redacted.code == 0);
  check("export --redact", redacted.out);
  const auto terraform = accounts.run({"terraform", accounts.url()});
  check_screen("terraform", terraform.out + terraform.err);

  const auto ran = accounts.migrate({"-vv", "--report", file("done.html")});
  check_screen("screen of the run", ran.out);
  check_screen("log of the run", ran.err);
  check("HTML, outcome", slurp(file("done.html")));
  check("ledger of creations", slurp(accounts.ledger()), true);
  for (const auto& entry : std::filesystem::recursive_directory_iterator(accounts.state_folder()))
    if (entry.is_regular_file() && entry.file_size() > 0)
      check("state " + entry.path().filename().string(), slurp(entry.path()), true);
  const auto undone = accounts.run({"undo", accounts.ledger(), "-n", "-vv"});
  BOOST_TEST(undone.out.find("hook-1") != std::string::npos, undone.out << undone.err);
  check_screen("undo -n", undone.out + undone.err);
  check("undo -n, JSON", accounts.run({"undo", accounts.ledger(), "-n", "--format", "json"}).out);
  check("ids", accounts.run({"ids", accounts.ledger()}).out);
}

BOOST_AUTO_TEST_CASE(differences_show_no_secret) {
  const Accounts accounts(catalogue().webhooks(), catalogue().other_webhooks());
  const auto file = [&](const std::string& name) { return accounts.folder().file(name); };
  const auto diff = accounts.diff({"--on-conflict", "update", "--report", file("plan.html"), "-vv"});
  BOOST_TEST(diff.code == 2);
  check_screen("screen, differences", diff.out);
  check_screen("log, differences", diff.err);
  check("HTML, differences", slurp(file("plan.html")));
  check("JSON, differences", accounts.diff({"--format", "json", "--report", file("plan.md")}).out);
  check("Markdown, differences", slurp(file("plan.md")));
}

namespace {

/// What a server may say of the webhook that it refuses.
using Quote = std::string (*)(const Entry& entry);

/// "name 'value'" of each string that holds a secret.
void add_named(const value& place, const std::string& name, const Entry& entry, std::string& out) {
  if (const auto* text = place.if_string()) {
    for (const auto& secret : entry.secrets)
      if (std::string_view(*text).find(secret) != std::string::npos) {
        out += "invalid " + name + " '" + std::string(*text) + "' ";
        return;
      }
  } else if (const auto* array = place.if_array()) {
    for (const auto& element : *array) add_named(element, name, entry, out);
  } else if (const auto* object = place.if_object()) {
    const auto* pair_name = object->if_contains("name");
    for (const auto& [member, child] : *object)
      add_named(child, member == "value" && pair_name ? text_of(*pair_name) : std::string(member), entry,
                out);
  }
}

std::string name_and_value(const Entry& entry) {
  std::string out;
  auto webhook = boost::json::parse(entry.webhook);
  boost::system::error_code broken;
  const auto fields = boost::json::parse(webhook.at("integration_type_fields").as_string(), broken);
  if (!broken) webhook.as_object()["integration_type_fields"] = fields;
  add_named(webhook, "", entry, out);
  return out;
}

std::string bare_values(const Entry& entry) {
  std::string out = "not allowed:";
  for (const auto& secret : entry.secrets) out += " " + secret;
  return out;
}

/// Refuses each webhook in a response that quotes it.
struct QuotingServer : RawServer {
  QuotingServer(Quote quote, bool as_json)
      : RawServer([=](RawConnection& connection) {
          for (auto request = connection.read_request(); !request.empty();
               request = connection.read_request()) {
            const bool reads = request.starts_with("GET");
            const auto body = reads ? std::string("[]") : refusal(request, quote, as_json);
            const auto length = "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n";
            connection.send((reads ? "HTTP/1.1 200 OK" : "HTTP/1.1 400 Bad Request") +
                            std::string(as_json || reads ? "\r\nContent-Type: application/json" : "") +
                            (reads ? "" : "\r\nX-Reason: " + header_of(body)) + length + body);
          }
        }) {}

  static std::string refusal(const std::string& request, Quote quote, bool as_json) {
    const auto sent = boost::json::parse(request.substr(request.find("\r\n\r\n") + 4)).at(0);
    for (const auto& entry : catalogue().entries) {
      const auto webhook = boost::json::parse(entry.webhook);
      if (webhook.at("alias") != sent.at("alias")) continue;
      const auto quoted = quote(entry);
      return as_json ? boost::json::serialize(boost::json::object{{"message", quoted}}) : quoted;
    }
    return "{}";
  }
  static std::string header_of(std::string text) {
    for (auto& c : text)
      if (c == '\r' || c == '\n') c = ' ';
    return text;
  }
};

}  // namespace

BOOST_AUTO_TEST_CASE(a_server_that_quotes_what_it_refuses_shows_no_secret) {
  const Quote whole = [](const Entry& entry) { return entry.webhook; };
  for (const auto& [channel, quote] : {std::pair<std::string, Quote>{"whole element", whole},
                                       {"name and value", name_and_value},
                                       {"bare value", bare_values}})
    for (const bool as_json : {false, true}) {
      const QuotingServer server(quote, as_json);
      const TempDir folder;
      spill(folder.file("source.json"), array_of(catalogue().webhooks()));
      const auto ran =
          run_hookferry({"migrate", folder.file("source.json"), server.url(), "--no-rewrite", "--yes",
                         "--settle", "0", "--retries", "0", "--batch-size", "1", "-vv", "--report",
                         folder.file("done.html"), "--ledger", folder.file("ledger.jsonl")},
                        {{"HOOKFERRY_DEST_KEY", "us-key"}, {"XDG_STATE_HOME", folder.file("state")}});
      BOOST_TEST(ran.code == 1);
      BOOST_TEST(ran.out.find("the server says") != std::string::npos, ran.out << ran.err);
      const auto name = "server quotes the " + channel + (as_json ? " in JSON" : "");
      check_screen(name + ", screen", ran.out);
      check_screen(name + ", log", ran.err);
      check(name + ", HTML", slurp(folder.file("done.html")));
      check(name + ", ledger", slurp(folder.file("ledger.jsonl")), true);
    }
}

BOOST_AUTO_TEST_CASE(what_people_need_is_shown) {
  constexpr std::size_t most_masked = 5;
  const boost::json::array fields = {{{"name", "uuid"}, {"value", uuid}},
                                     {{"name", "method"}, {"value", "post"}},
                                     {{"name", "headers"}, {"value", {{"Content-Type", "application/json"}}}},
                                     {{"name", "payload"}, {"value", catalogue().plain_fields}}};
  const Accounts accounts({webhook_text(1, "plain", 1, "https://x.test/in", fields)}, {});
  const auto plan = boost::json::parse(accounts.diff({"--format", "json"}).out);
  std::string masked;
  std::size_t found = 0;
  for (const auto& change : plan.at("webhooks").at(0).at("changes").as_array()) {
    if (text_of(change.at("path")) != "/integration_type_fields/payload") continue;
    for (const auto& [member, shown] : change.at("new").as_object()) {
      ++found;
      if (shown != catalogue().plain_fields.at(member))
        masked += std::string(member) + ": " + boost::json::serialize(shown) + "\n";
    }
  }
  const auto count = static_cast<std::size_t>(std::count(masked.begin(), masked.end(), '\n'));
  BOOST_TEST_MESSAGE("plain fields masked: " << count << " of " << found << "\n" << masked);
  BOOST_TEST(found == catalogue().plain_fields.size());
  BOOST_TEST(count <= most_masked, masked);
}

BOOST_AUTO_TEST_SUITE_END()
