#include "secrets/secrets.hpp"

namespace hookferry::secrets {
namespace {

constexpr auto nowhere = std::string_view::npos;
constexpr std::size_t longest_phrase = 48;
constexpr std::size_t longest_word = 16;
constexpr std::size_t most_words = 8;
constexpr std::size_t most_digits = 4;
constexpr std::size_t longest_capitals = 5;
/// So few characters are no secret.
constexpr std::size_t most_harmless = 3;
/// What follows the prefix of a service's tokens is no shorter.
constexpr std::size_t shortest_behind_prefix = 8;

/// Which letters follow each letter, 'a' first: the 300 commonest pairs in the words of the Debian manual
/// pages, and those of the rare 'j' that words and names have. 97% of those words consist of these pairs with
/// one exception, and 0.8% of all runs of twelve random letters.
constexpr WordList followers(
    "bcdfgijklmnprstuvwxy aeijlorsuy acehiklorstuy adeilorsu abcdefghilmnopqrstuvwxy aefilortuy "
    "aceghilnorsu aeimortuy abcdefgklmnoprstvxz aeiou aeisu adeilopstuvy abeilmopsu acdefgiklmnostuvy "
    "abcdfgijklmnoprstuvwy aehikloprstu u abcdefgiklmnoprstuvwy acefhiklmnopstuwy acefhilmoprstuwy "
    "abcdefgilmnoprst aeio aehinors aceipt eimnopst ae");

/// Words of the field that the pairs do not know.
constexpr WordList vocabulary(
    "aks dns eks gke gmbh tls ssl vpn sydney cpu cronjob crashloopbackoff dhcp dynamodb ebpf john johnson "
    "stockholm haproxy mkdir mrkdwn pnpm rabbitmq sandbox vxlan uuid admin ajax amqp asp aspx azure bulk "
    "cfm cgi csv eventbridge graphql grpc incomingwebhook jira jobs jpg json jsp kafka logzio mqtt mysql "
    "nginx php png proxy sqs src sre stg svg webhookb webex www wss xml xyz yaml yml zapier");

/// They mix letters and digits, and everybody knows them.
constexpr WordList mixed_words(
    "k8s i18n l10n x86 b2b e2e p2p 2fa 3d 4xx 5xx amd64 log4j ipv4 ipv6 macos saas paas mysql nosql "
    "postgresql iaas aiops ios");

/// What may stand behind a number.
constexpr WordList units(
    "ms s sec m min h hrs d days w y b k kb mb gb tb g t ki mi gi ti kib mib gib tib px pt th st nd rd "
    "xlarge x rps");

constexpr WordList token_prefixes(
    "eyJ xoxa- xoxb- xoxp- xoxr- xoxs- xapp- ghp_ gho_ ghu_ ghs_ ghr_ github_pat_ glpat- AKIA ASIA AIza "
    "ya29. SG. sk_live_ sk_test_ rk_live_ sk- whsec_ cxtp_ cxup_ npm_ dop_v1_ shpat_ hvs. NRAK- pk_live_ "
    "ATATT");

/// Letters of other scripts separate words, too: tokens have none.
constexpr CharacterSet separates_words([](char c) {
  return is_beyond_ascii(c) || is_one_of("-_.~+@: ,(){}*!$", c);
});

std::size_t odd_pairs(std::string_view word) {
  std::size_t out = 0;
  for (std::size_t i = 0; i + 1 < word.size(); ++i)
    if (followers.words()[static_cast<std::size_t>(word[i] - 'a')].find(word[i + 1]) ==
        std::string_view::npos)
      ++out;
  return out;
}

/// `word` in lower case, three letters or more. In a text, four letters may have an odd pair: names have.
bool like_a_word(std::string_view word, bool in_text = false) {
  if (word.size() > longest_word) return false;
  if (vocabulary.holds(word)) return true;
  const std::size_t allowed = word.size() >= (in_text ? 4 : 6) && word.size() <= 12 ? 1 : 0;
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
  bool in_text = false;
  std::size_t digits = 0, letters = 0, pieces = 0, scraps = 0;

  /// Digits are at the end, and pieces of one or two letters are rare: only tokens keep changing their kind.
  bool add(std::string_view piece) {
    if (is_digit(piece[0])) {
      digits += piece.size();
      return letters != 1 || digits <= 2;
    }
    if (digits > 0) return false;
    letters += piece.size();
    ++pieces;
    if (piece.size() < 3) return ++scraps == 1;
    if (is_upper(piece[1]) && piece.size() > longest_capitals && !in_text) return false;
    return like_a_word(lower_ascii(piece), in_text);
  }
  bool sound() const { return pieces < 2 || letters + 2 >= 4 * pieces; }
};

struct Phrase {
  bool in_text = false;
  std::size_t digits = 0, single = 0, pairs = 0, words = 0;

  void add(const Chunk& chunk) {
    digits += chunk.digits;
    if (chunk.letters == 1) ++single;
    if (chunk.letters == 2) ++pairs;
    if (chunk.letters > 2) ++words;
  }
  bool sound() const {
    return digits <= most_digits && single <= 1 && words + pairs + single <= most_words &&
           single + pairs <= words + (in_text ? 2 : 1);
  }
};

/// In `form`, 'd' stands for a digit and 'h' for a hex digit.
bool has_form(std::string_view text, std::string_view form) {
  return std::ranges::equal(text, form, [](char c, char wanted) {
    return wanted == 'd' ? is_digit(c) : wanted == 'h' ? is_hex_digit(c) : c == wanted;
  });
}

bool begins_with_form(std::string_view text, std::string_view form) {
  return has_form(text.substr(0, form.size()), form);
}

/// Length of the date at the beginning ("2010-04-15"), else 0.
std::size_t date_length(std::string_view text) {
  constexpr std::string_view form = "dddd-dd-dd";
  const bool found =
      begins_with_form(text, form) && (text.size() == form.size() || !is_digit(text[form.size()]));
  return found ? form.size() : 0;
}

bool reads(std::string_view text, bool in_text) {
  if (text.size() > longest_phrase) return false;
  if (is_placeholder(text)) return true;
  const bool short_enough = text.size() <= most_harmless;
  Phrase phrase{in_text};
  while (!text.empty()) {
    if (const auto date = date_length(text)) {
      text.remove_prefix(date);
      continue;
    }
    Chunk chunk{in_text};
    const auto end = std::ranges::find_if(text, separates_words) - text.begin();
    if (const auto whole = text.substr(0, static_cast<std::size_t>(end));
        mixed_words.holds(lower_ascii(whole))) {
      text.remove_prefix(std::min(whole.size() + 1, text.size()));
      ++phrase.words;
      continue;
    }
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

/// `512Mi`, `30s`, and numbers of so few digits that they are counts or ids of no secret.
bool is_amount(std::string_view text) {
  constexpr std::size_t most = 5;
  const auto digits = std::min(text.find_first_not_of("0123456789"), text.size());
  return digits > 0 && digits <= most &&
         (digits == text.size() || units.holds(lower_ascii(text.substr(digits))));
}

}  // namespace

bool reads_as_words(std::string_view text) { return reads(text, false); }

bool reads_plainly(std::string_view text, Strictness strictness) {
  if (strictness == Strictness::strict) return reads(text, false);
  const bool issue = text.find('-') != std::string_view::npos && is_issue_key(text);
  return reads(text, true) || is_amount(text) || issue;
}

std::size_t time_length(std::string_view text) {
  constexpr std::size_t longest = 35;
  if (date_length(text) == 0 && !begins_with_form(text, "dd:dd")) return 0;
  text = text.substr(0, longest + 1);  // so that a scan is linear
  const auto end = std::min(text.find_first_not_of("0123456789-:.+TZ"), text.size());
  const bool goes_on = end < text.size() && (is_letter(text[end]) || is_digit(text[end]));
  return end > longest || goes_on ? 0 : end;
}

bool is_issue_key(std::string_view text) {
  constexpr std::size_t longest_project = 5, most_issue_digits = 6;
  const auto project = text.substr(0, text.find('-'));
  const auto number = text.substr(std::min(project.size() + 1, text.size()));
  return project.size() >= 2 && project.size() <= longest_project && std::ranges::all_of(project, is_upper) &&
         number.size() <= most_issue_digits && std::ranges::all_of(number, is_digit);
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
  return std::ranges::any_of(token_prefixes.words(), [&](std::string_view prefix) {
    return run.starts_with(prefix) && run.size() >= prefix.size() + shortest_behind_prefix &&
           !reads_as_words(run.substr(prefix.size()));
  });
}

std::string_view token_in(std::string_view run, Strictness strictness) {
  if (has_token_prefix(run)) return run;
  // Between words these signs are rare, in passwords not: there a short piece is no word.
  constexpr std::string_view signs = "@!$*^#%";
  constexpr std::size_t shortest_between_signs = 4;
  const auto first = std::min(run.find_first_not_of(signs), run.size());
  const bool like_password =
      run.substr(first, run.find_last_not_of(signs) - first).find_first_of(signs) != nowhere;
  std::string_view out;
  for (auto rest = run; !rest.empty();) {
    const auto segment = next_part(rest, "/.=@!$*^#%");
    const bool scrap = like_password && !segment.empty() && segment.size() < shortest_between_signs;
    if (scrap || !reads_plainly(segment, strictness)) out = reaching(out, segment);
  }
  if (out.empty()) return out;
  // Base64 ends in '='.
  const auto end = run.find_last_not_of('=');
  return like_password ? run : &run[end] == &out.back() ? reaching(out, run) : out;
}

}  // namespace hookferry::secrets
