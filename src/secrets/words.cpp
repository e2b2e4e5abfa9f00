#include <algorithm>
#include <array>
#include <string>
#include <vector>

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

/// Which letters follow each letter, 'a' first: the 300 commonest pairs in the words of the Debian manual
/// pages. Of their words 97% are made of them with one exception, of twelve random letters 0.8%.
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

/// Letters of other scripts: tokens have none.
bool is_foreign(char c) { return static_cast<unsigned char>(c) >= 0x80; }
bool parts_words(char c) {
  return is_foreign(c) || std::string_view("-_.~+@: ,(){}*!$").find(c) != std::string_view::npos;
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
  if (std::find(vocabulary.begin(), vocabulary.end(), word) != vocabulary.end()) return true;
  const std::size_t allowed = word.size() >= 6 && word.size() <= 12 ? 1 : 0;
  if (odd_pairs(word) <= allowed) return true;
  return word.ends_with('s') && word.size() > 4 && odd_pairs(word.substr(0, word.size() - 1)) <= allowed;
}

/// Letters of one case (or one capital and small ones), or digits, up to the next that do not belong to them.
std::string_view first_piece(std::string_view text) {
  std::size_t end = 1;
  const auto run = [&](bool (*of_kind)(char)) {
    while (end < text.size() && of_kind(text[end])) ++end;
  };
  if (is_digit(text[0])) {
    run(is_digit);
  } else if (is_lower(text[0])) {
    run(is_lower);
  } else if (end < text.size() && is_upper(text[end])) {
    run(is_upper);
    // HTTPServer: the last capital begins the next word.
    if (end < text.size() && is_lower(text[end])) --end;
  } else {
    run(is_lower);
  }
  return text.substr(0, end);
}

/// What the pieces between two signs that part words add up to: `sendMessage`, `webhookb2`, `48`.
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

/// Length of the date at the beginning ("2010-04-15"), else 0.
std::size_t date_length(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-dd";
  if (text.size() < form.size()) return 0;
  for (std::size_t i = 0; i < form.size(); ++i)
    if (form[i] == 'd' ? !is_digit(text[i]) : text[i] != form[i]) return 0;
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
    while (!text.empty() && !parts_words(text[0])) {
      if (!is_lower(text[0]) && !is_upper(text[0]) && !is_digit(text[0])) return false;
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

bool is_uuid(std::string_view text) {
  constexpr std::string_view form = "hhhhhhhh-hhhh-hhhh-hhhh-hhhhhhhhhhhh";
  return text.size() == form.size() && std::equal(text.begin(), text.end(), form.begin(), [](char c, char f) {
           return f == 'h' ? is_hex_digit(c) : c == f;
         });
}

bool is_placeholder(std::string_view text) {
  if (text.size() < 3 || text.size() > longest_phrase || text[0] != '$' || !is_upper(text[1])) return false;
  std::string word;
  for (const char c : text.substr(1)) {
    if (!is_upper(c) && c != '_') return false;
    if (c != '_') word.push_back(lower_ascii(c));
    if (c != '_') continue;
    if (word.size() > 2 && !like_a_word(word)) return false;
    word.clear();
  }
  return word.size() <= 2 || like_a_word(word);
}

}  // namespace hookferry::secrets
