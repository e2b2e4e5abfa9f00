#include <algorithm>
#include <array>
#include <string>

#include "core/text.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::secrets {
namespace {

constexpr std::size_t longest_phrase = 48;
constexpr std::size_t longest_word = 16;
constexpr std::size_t most_words = 8;
constexpr std::size_t most_digits = 4;
constexpr std::size_t longest_capitals = 5;
/// So few characters are no secret.
constexpr std::size_t most_harmless = 3;
constexpr std::size_t shortest_token = 20;
/// What follows the prefix of a service's tokens is no shorter.
constexpr std::size_t shortest_behind_prefix = 8;

/// Which letters follow each letter, 'a' first: the 300 commonest pairs in the words of the Debian manual
/// pages. 97% of those words consist of these pairs with one exception, and 0.8% of all runs of twelve random
/// letters.
constexpr std::array<std::string_view, 26> followers = {"bcdfgiklmnprstuvwxy",
                                                        "aeilorsuy",
                                                        "acehiklorstuy",
                                                        "adeilorsu",
                                                        "abcdefghilmnopqrstuvwxy",
                                                        "aefilortuy",
                                                        "aceghilnorsu",
                                                        "aeimortuy",
                                                        "abcdefgklmnoprstvxz",
                                                        "eu",
                                                        "aeisu",
                                                        "adeilopstuvy",
                                                        "abeilmopsu",
                                                        "acdefgiklmnostuvy",
                                                        "abcdfgiklmnoprstuvwy",
                                                        "aehikloprstu",
                                                        "u",
                                                        "abcdefgiklmnoprstuvwy",
                                                        "acefhiklmnopstuwy",
                                                        "acefhilmoprstuwy",
                                                        "abcdefgilmnoprst",
                                                        "aeio",
                                                        "aehinors",
                                                        "aceipt",
                                                        "eimnopst",
                                                        "ae"};

/// Words of the field that the pairs do not know.
constexpr std::array<std::string_view, 41> vocabulary = {
    "admin", "ajax",  "amqp",  "asp",         "aspx",     "azure", "bulk",
    "cfm",   "cgi",   "csv",   "eventbridge", "graphql",  "grpc",  "incomingwebhook",
    "jira",  "jobs",  "jpg",   "json",        "jsp",      "kafka", "logzio",
    "mqtt",  "mysql", "nginx", "php",         "png",      "proxy", "sqs",
    "src",   "sre",   "stg",   "svg",         "webhookb", "webex", "www",
    "wss",   "xml",   "xyz",   "yaml",        "yml",      "zapier"};

constexpr std::array<std::string_view, 29> token_prefixes = {
    "eyJ",   "xoxa-", "xoxb-", "xoxp-",    "xoxr-",       "xoxs-",    "xapp-", "ghp_",
    "gho_",  "ghu_",  "ghs_",  "ghr_",     "github_pat_", "glpat-",   "AKIA",  "ASIA",
    "AIza",  "ya29.", "SG.",   "sk_live_", "sk_test_",    "rk_live_", "sk-",   "whsec_",
    "cxtp_", "cxup_", "npm_",  "dop_v1_",  "shpat_"};

/// Letters of other scripts separate words, too: tokens have none.
bool separates_words(char c) {
  return is_beyond_ascii(c) || std::string_view("-_.~+@: ,(){}*!$").find(c) != std::string_view::npos;
}

std::size_t odd_pairs(std::string_view word) {
  std::size_t out = 0;
  for (std::size_t i = 0; i + 1 < word.size(); ++i)
    if (followers.at(static_cast<std::size_t>(word[i] - 'a')).find(word[i + 1]) == std::string_view::npos)
      ++out;
  return out;
}

/// `word` in lower case, three letters or more.
bool like_a_word(std::string_view word) {
  if (word.size() > longest_word) return false;
  if (holds(vocabulary, word)) return true;
  const std::size_t allowed = word.size() >= 6 && word.size() <= 12 ? 1 : 0;
  if (odd_pairs(word) <= allowed) return true;
  return word.ends_with('s') && word.size() > 4 && odd_pairs(word.substr(0, word.size() - 1)) <= allowed;
}

/// The letters of one case (or one capital and small letters), or the digits, that `text` begins with.
std::string_view first_piece(std::string_view text) {
  std::size_t end = 1;
  const auto run = [&](bool (*of_kind)(char)) {
    while (end < text.size() && of_kind(text[end])) ++end;
  };
  if (is_digit(text[0])) {
    run(is_digit);
  } else if (is_upper(text[0]) && end < text.size() && is_upper(text[end])) {
    run(is_upper);
    // HTTPServer: the last capital begins the next word.
    if (end < text.size() && is_lower(text[end])) --end;
  } else {
    run(is_lower);
  }
  return text.substr(0, end);
}

/// The sum of the pieces between two signs that separate words: `sendMessage`, `webhookb2`, `48`.
struct Chunk {
  std::size_t digits = 0, letters = 0, pieces = 0, scraps = 0;

  /// Digits stand at the end, and pieces of one or two letters are the exception: a token changes its kind of
  /// letters all the time.
  bool add(std::string_view piece) {
    if (is_digit(piece[0])) {
      digits += piece.size();
      return letters != 1 || digits <= 2;
    }
    if (digits > 0) return false;
    letters += piece.size();
    ++pieces;
    if (piece.size() < 3) return ++scraps == 1;
    if (is_upper(piece[1]) && piece.size() > longest_capitals) return false;
    return like_a_word(lower_ascii(piece));
  }
  bool sound() const { return pieces < 2 || letters + 2 >= 4 * pieces; }
};

struct Phrase {
  std::size_t digits = 0, single = 0, pairs = 0, words = 0;

  void add(const Chunk& chunk) {
    digits += chunk.digits;
    if (chunk.letters == 1) ++single;
    if (chunk.letters == 2) ++pairs;
    if (chunk.letters > 2) ++words;
  }
  bool sound() const {
    return digits <= most_digits && single <= 1 && words + pairs + single <= most_words &&
           single + pairs <= words + 1;
  }
};

/// In `form`, 'd' stands for a digit and 'h' for a hex digit.
bool has_form(std::string_view text, std::string_view form) {
  return std::ranges::equal(text, form, [](char c, char wanted) {
    return wanted == 'd' ? is_digit(c) : wanted == 'h' ? is_hex_digit(c) : c == wanted;
  });
}

/// Length of the date at the beginning ("2010-04-15"), else 0.
std::size_t date_length(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-dd";
  if (!has_form(text.substr(0, form.size()), form)) return 0;
  return text.size() == form.size() || !is_digit(text[form.size()]) ? form.size() : 0;
}

}  // namespace

bool reads_as_words(std::string_view text) {
  if (text.size() > longest_phrase) return false;
  if (is_placeholder(text)) return true;
  const bool short_enough = text.size() <= most_harmless;
  Phrase phrase;
  while (!text.empty()) {
    if (const auto date = date_length(text)) {
      text.remove_prefix(date);
      continue;
    }
    Chunk chunk;
    while (!text.empty() && !separates_words(text[0])) {
      if (!is_letter(text[0]) && !is_digit(text[0])) return false;
      const auto piece = first_piece(text);
      if (!chunk.add(piece) && !short_enough) return false;
      text.remove_prefix(piece.size());
    }
    if (!chunk.sound()) return false;
    phrase.add(chunk);
    if (!text.empty()) text.remove_prefix(1);
  }
  return short_enough || phrase.sound();
}

bool is_uuid(std::string_view text) { return has_form(text, "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh"); }

bool is_placeholder(std::string_view text) {
  if (text.size() < 3 || text.size() > longest_phrase || text[0] != '$' || !is_upper(text[1])) return false;
  for (auto rest = text.substr(1); !rest.empty();) {
    const auto word = next_part(rest, "_");
    if (!std::ranges::all_of(word, is_upper) || (word.size() > 2 && !like_a_word(lower_ascii(word))))
      return false;
  }
  return true;
}

bool has_token_prefix(std::string_view run) {
  return std::ranges::any_of(token_prefixes, [&](std::string_view prefix) {
    return run.starts_with(prefix) && run.size() >= prefix.size() + shortest_behind_prefix &&
           !reads_as_words(run.substr(prefix.size()));
  });
}

std::string_view token_in(std::string_view run) {
  if (has_token_prefix(run)) return run;
  if (run.size() < shortest_token || is_uuid(run)) return {};
  std::string_view out;
  std::size_t secret = 0;
  for (auto rest = run; !rest.empty();) {
    const auto segment = next_part(rest, "/.");
    const bool short_number = std::ranges::all_of(segment, is_digit) && segment.size() < shortest_token;
    if (short_number || is_uuid(segment) || reads_as_words(segment)) continue;
    out = reaching(out, segment);
    secret += segment.size();
  }
  return secret >= shortest_token ? out : std::string_view();
}

}  // namespace hookferry::secrets
