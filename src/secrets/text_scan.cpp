#include <concepts>

#include "secrets/secrets.hpp"

namespace hookferry::secrets {
namespace {

constexpr auto nowhere = std::string_view::npos;
constexpr std::size_t longest_name = 64;
/// Bounds what is looked at for each word, so that the whole is linear.
constexpr std::size_t longest_userinfo = 256;

constexpr std::string_view spaces = " \t";
constexpr std::string_view slashes = "/\\";
constexpr std::string_view quotes = "\"'`";
constexpr std::string_view quotes_and_escapes = "\"'`\\";

/// They stand in front of a value, in a header or alone. What follows the first is always a token.
constexpr WordList schemes("bearer basic token digest apikey negotiate splunk geniekey sso-key hmac");
/// Options of curl and wget whose argument is a secret though their name does not say so.
constexpr WordList secret_options("-u --user --proxy-user -b --oauth2-bearer");
/// Commands that take a password behind one of these options, with a space or without.
constexpr WordList password_commands(
    "mysql mysqldump mysqladmin mariadb mongosh login sshpass redis-cli ldapsearch");
constexpr WordList password_options("-p -a -w");
/// "the password is …", in common languages.
constexpr WordList verbs("is was are ist lautet es est é");
/// What may follow them and is no secret, beside what ends in "ed" and "ing".
constexpr WordList states(
    "not no too in on at of for by as from with a an the being also still already never only now here "
    "valid invalid wrong missing empty unknown incorrect set unset ok due bad weak short long null kept "
    "malformed optional absent nicht null new old over slow down up");
/// Before an '@' they are no user's name.
constexpr WordList address_schemes("mailto sip sips xmpp acct");

constexpr CharacterSet in_name([](char c) {
  return is_letter(c) || is_digit(c) || is_beyond_ascii(c) || is_one_of("_-.%$", c);
});
constexpr CharacterSet in_token([](char c) {
  return is_letter(c) || is_digit(c) || is_one_of("_-+/=.~", c);
});
/// What a secret that stands alone may consist of.
constexpr CharacterSet in_run([](char c) { return in_token(c) || is_one_of("@!#$%*^", c); });
constexpr CharacterSet in_url([](char c) {
  return static_cast<unsigned char>(c) > 0x20 && !is_one_of("\"'<>`|^", c);
});

std::string_view without_last(std::string_view signs, std::string_view text) {
  return text.substr(0, text.find_last_not_of(signs) + 1);
}

/// The URL that `text` begins with, without the punctuation of the sentence around it.
std::string_view first_url(std::string_view text) {
  const auto end = std::ranges::find_if_not(text, in_url) - text.begin();
  return without_last(".,:;!?)]}", text.substr(0, static_cast<std::size_t>(end)));
}

/// Two labels or more, the last of letters ("hooks.slack.com"), or an address of four numbers.
bool is_host(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  const auto dot = text.rfind('.');
  if (dot == nowhere || dot == 0 || is_one_of("_%$", text[0]) || text.find("..") != nowhere) return false;
  const auto last = text.substr(dot + 1);
  const bool name = last.size() >= 2 && std::ranges::all_of(last, is_letter);
  const bool address = text.find_first_not_of("0123456789.") == nowhere && std::ranges::count(text, '.') == 3;
  return name || address;
}

/// One pass from left to right: each step looks at what begins at `at_` and goes behind it.
class TextScan {
 public:
  TextScan(std::string_view text, Strictness strictness, bool is_decoded = false)
      : text_(text), strictness_(strictness), is_decoded_(is_decoded) {}

  Parts known() && {
    for (; at_ < text_.size(); ++at_) {
      if (!begins_word()) continue;
      if (at_ >= run_end_) run_end_ = behind(in_token, at_);
      if (has_token_prefix(part(at_, run_end_))) {
        secret(part(at_, run_end_));
      } else if (has_secret_addresses(part(at_, behind(in_name, at_)))) {
        const auto url = first_url(rest(at_));
        add_url_secrets(url, strictness_, secrets_);
        at_ += url.size();
      }
    }
    return joined(secrets_);
  }

  Parts headers() && {
    for (auto lines = text_; !lines.empty();) take_header(next_part(lines, "\r\n"));
    return joined(secrets_);
  }

  Parts everything() && {
    while (at_ < text_.size()) {
      if (take_pem()) continue;
      note_markup();
      if (begins_word())
        take_word();
      else
        ++at_;
    }
    return joined(secrets_);
  }

 private:
  char peek(std::size_t at) const { return at < text_.size() ? text_[at] : '\0'; }
  std::string_view part(std::size_t begin, std::size_t end) const { return text_.substr(begin, end - begin); }
  std::string_view rest(std::size_t begin) const { return text_.substr(begin); }
  std::size_t find(std::string_view any, std::size_t at) const {
    return std::min(text_.find_first_of(any, at), text_.size());
  }
  std::size_t behind(std::string_view signs, std::size_t at) const {
    return std::min(text_.find_first_not_of(signs, at), text_.size());
  }
  template <class OfKind>
  requires std::predicate<OfKind, char> std::size_t behind(const OfKind& of_kind, std::size_t at)
  const {
    while (at < text_.size() && of_kind(text_[at])) ++at;
    return at;
  }
  std::size_t offset(std::string_view found) const {
    return static_cast<std::size_t>(found.data() - text_.data());
  }
  bool begins_word() const { return in_name(peek(at_)) && (at_ == 0 || !in_name(text_[at_ - 1])); }
  void secret(std::string_view found) {
    secrets_.push_back(without_last(spaces, found));
    at_ = std::max(at_, offset(found) + secrets_.back().size());
  }

  void take_word() {
    if (const auto mark = redaction_length(rest(at_))) return secret(part(at_, at_ + mark));
    const auto end = behind(in_name, at_);
    if (const auto time = time_length(rest(at_))) {
      at_ += time;
      return;
    }
    constexpr std::string_view wide_colon = "：";
    if (const auto colon = part(at_, end).find(wide_colon);
        colon != nowhere && is_secret_name(part(at_, at_ + colon), strictness_))
      return secret(part(at_ + colon + wide_colon.size(), find("\r\n", end)));
    if (take_groups() || take_url(end) || take_encoded(end) || take_userinfo(end) || take_pair(end) ||
        take_option(end) || take_argument(end))
      return;
    while (at_ < end) take_token(end);
  }

  /// Each run of a token's characters is read once, from its beginning. Letters beyond ASCII are in no token.
  void take_token(std::size_t end) {
    if (is_beyond_ascii(text_[at_])) {
      ++at_;
      return;
    }
    const bool inside = at_ < run_end_;
    if (!inside) run_end_ = at_ + without_last(".!", part(at_, behind(in_run, at_))).size();
    const auto run = part(at_, std::max(run_end_, at_));
    const auto token = !inside ? token_of(run) : has_token_prefix(run) ? run : std::string_view();
    const auto plain_end = std::ranges::find_if(part(at_, end), is_beyond_ascii) - text_.begin();
    at_ =
        token.empty() ? std::max(at_ + 1, static_cast<std::size_t>(plain_end)) : offset(token) + token.size();
    secrets_.push_back(token);
  }

  /// Of an e-mail address the first part may be a token: services receive by such addresses.
  std::string_view token_of(std::string_view run) const {
    const auto user = run.substr(0, run.find('@'));
    const auto host = run.substr(std::min(user.size() + 1, run.size()));
    if (user.empty() || !is_host(host) || !std::ranges::all_of(host, in_name))
      return token_in(run, strictness_);
    return reads_plainly(user, strictness_) ? std::string_view() : user;
  }

  /// "abcd efgh ijkl mnop": services write passwords so.
  bool take_groups() {
    constexpr std::size_t group = 4, fewest = 4, most = 16;
    const auto in_group = [](char c) { return is_letter(c) || is_digit(c); };
    std::size_t count = 0, numbers = 0, end = at_;
    bool odd = false;
    for (auto at = at_; count < most && behind(in_group, at) == at + group; ++at) {
      const auto text = part(at, at + group);
      odd = odd || !reads_as_words(text);
      if (std::ranges::all_of(text, is_digit)) ++numbers;
      ++count;
      end = at += group;
      if (peek(at) != ' ') break;
    }
    if (count < fewest || (!odd && numbers < count)) return false;
    secret(part(at_, end));
    return true;
  }

  /// What is percent-encoded is decoded once; where that holds a secret, all of it is one.
  bool take_encoded(std::size_t end) {
    const auto word = part(at_, end);
    const auto sign = word.find('%');
    if (is_decoded_ || sign == nowhere || percent_decoded(word).size() == word.size()) return false;
    const auto whole = first_url(rest(at_));
    const auto decoded = percent_decoded(whole);
    if (!TextScan(decoded, strictness_, true).everything().empty()) secrets_.push_back(whole);
    at_ += std::max<std::size_t>(whole.size(), 1);
    return true;
  }

  /// "Name: value", or a value alone.
  void take_header(std::string_view line) {
    const auto sign = line.find_first_of(":=");
    auto value = line.substr(sign == nowhere ? 0 : sign + 1);
    value.remove_prefix(std::min(value.find_first_not_of(spaces), value.size()));
    const auto name = without_last(spaces, line.substr(0, sign == nowhere ? 0 : sign));
    const bool is_name = std::ranges::all_of(name, in_name) && !may_be_token(name);
    if (!is_name)
      secrets_.push_back(line);
    else if (!name.empty() && name_below("headers", name).empty())
      std::ranges::copy(TextScan(value, strictness_).everything(), std::back_inserter(secrets_));
    else if (!is_no_secret(value, always_secret, strictness_))
      secrets_.push_back(without_last(spaces, value));
  }

  /// "-----BEGIN PRIVATE KEY-----…-----END PRIVATE KEY-----": all between the dashes.
  bool take_pem() {
    constexpr std::string_view opening = "-----BEGIN ";
    constexpr std::string_view dashes = "-----";
    if (!rest(at_).starts_with(opening)) return false;
    const auto label_end = behind(" ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789", at_ + opening.size());
    if (!rest(label_end).starts_with(dashes)) return false;
    const auto begin = label_end + dashes.size();
    secret(part(begin, std::min(text_.find("-----END", begin), text_.size())));
    return true;
  }

  /// A URL with a scheme, or with a host that is followed by a path, a query or a port with one of them.
  bool take_url(std::size_t end) {
    auto begin = at_;
    if (peek(end) == ':' && end - at_ > 1 && behind(slashes, end + 1) >= end + 3) {
      begin = behind(slashes, end + 1);
      if (!in_name(peek(begin)) && peek(begin) != '[') return false;
    } else if (!begins_url_without_scheme(end)) {
      return false;
    }
    const auto url = first_url(rest(begin));
    add_url_secrets(url, strictness_, secrets_);
    at_ = std::max(begin + url.size(), end);
    return true;
  }
  bool begins_url_without_scheme(std::size_t end) const {
    const bool in_a_path = at_ > 0 && text_[at_ - 1] == '/' && (at_ == 1 || text_[at_ - 2] != '/');
    const auto behind_port = peek(end) == ':' ? behind("0123456789", end + 1) : end;
    if (behind_port == end + 1) return false;  // a colon without a port
    const auto host = part(at_, end);
    const bool known = is_host(host) || host == "localhost";
    return known && !in_a_path && is_one_of("/\\?", peek(behind_port));
  }

  /// `user:password@host` without a scheme, where it does not look like a word and an e-mail address.
  bool take_userinfo(std::size_t end) {
    if (peek(end) != ':' || address_schemes.holds(lower_ascii(part(at_, end)))) return false;
    const auto url = first_url(rest(at_).substr(0, longest_userinfo));
    const auto at = url.rfind('@');
    if (at == nowhere || at + 1 == url.size()) return false;
    const auto host = url.substr(at + 1);
    const auto host_end = host.find_first_of("/:?#");
    const bool place = host_end != nowhere && host_end > 0;
    const auto password = part(end + 1, at_ + at);
    if (!place && (reads_as_words(password) || !is_host(host))) return false;
    secret(url.substr(0, at));
    ++at_;
    return true;
  }

  /// A name and its value: "name: value", "name=value", quoted or not.
  bool take_pair(std::size_t end) {
    const auto quote = behind("\\*", end);
    const bool quoted = is_one_of(quotes, peek(quote));
    const auto sign = behind(spaces, quoted ? quote + 1 : quote);
    if (!is_one_of(":=", peek(sign))) return false;
    const bool arrow = is_one_of(">=", peek(sign + 1));
    auto begin = behind(spaces, sign + (arrow ? 2 : 1));
    const auto name = percent_decoded(part(at_, end));
    if (is_naming(name) && names_a_secret(begin)) {
      pair_is_secret_ = true;
      at_ = behind(in_name, behind(quotes_and_escapes, begin));
      return true;
    }
    const bool named_before = is_naming_value(name) && std::exchange(pair_is_secret_, false);
    const bool is_secret = named_before || is_secret_name(name, strictness_);
    if (is_secret && !quoted && is_one_of("\r\n", peek(begin))) begin = behind(" \t\r\n", begin);
    const auto value = is_secret ? value_at(begin, sign, quoted) : std::string_view();
    const bool no_name = may_be_token(part(at_, end));
    if (no_name && value.empty()) return false;  // "dXNlcjpwYXNz…Q==" is no name
    if (no_name) secret(part(at_, end));
    at_ = begin;
    take_value(value, name);
    return true;
  }

  /// Names are as rarely words as secrets are, but they are shorter, or have no digits.
  bool may_be_token(std::string_view name) const {
    constexpr std::size_t shortest = 12, longest_of_letters = 19;
    const bool digits = std::ranges::any_of(name, is_digit);
    return name.size() >= shortest && (digits || name.size() > longest_of_letters) &&
           !token_in(name, strictness_).empty();
  }

  /// A word in quotes or before a sign that ends it, such as the "apiKey" of name="apiKey".
  bool names_a_secret(std::size_t begin) const {
    begin = behind(quotes_and_escapes, begin);
    auto end = begin;
    while (end - begin < longest_name && in_name(peek(end))) ++end;
    const auto text = part(begin, end);
    return is_one_of("\\\"'`,\n\r", peek(end)) && reads_as_words(text) && is_secret_name(text);
  }

  void take_value(std::string_view value, std::string_view name) {
    if (!is_no_secret(value, name, strictness_)) secret(value);
  }

  /// The value that begins at `begin` behind the sign (':' or '='); `quoted` where the name stood in quotes.
  std::string_view value_at(std::size_t begin, std::size_t sign, bool quoted) const {
    const auto open = behind("\\", begin);
    if (is_one_of(quotes, peek(open))) {
      const auto quote = part(begin, open + 1);  // with its backslashes
      return part(open + 1, std::min(text_.find(quote, open + 1), text_.size()));
    }
    if (is_one_of("[{", peek(begin))) return part(begin, find("\n", begin));
    if (quoted) return part(begin, find(",}]\n", begin));  // a number in JSON
    if (peek(sign) == '=' && !is_one_of(spaces, peek(sign + 1)))
      return part(begin, find("&;, \t\r\n\"'<>`)|}]", begin));
    return part(begin, line_value_end(begin));
  }

  /// The value of a header line is the rest of it, or of its quotes. A sentence may go on behind it.
  std::size_t line_value_end(std::size_t begin) const {
    if (at_ > 0 && is_one_of(quotes, text_[at_ - 1])) return find(std::string{'\n', text_[at_ - 1]}, begin);
    const auto before = without_last(" \t-", part(0, at_));
    if (before.empty() || before.ends_with('\n')) return find("\r\n", begin);
    constexpr std::array<std::string_view, 5> pauses = {", ", "; ", " - ", ". ", " | "};
    for (auto at = begin; at < text_.size(); ++at) {
      const auto begins_here = [&](std::string_view pause) { return rest(at).starts_with(pause); };
      if (is_one_of("\r\n\"'<", text_[at]) || std::ranges::any_of(pauses, begins_here)) return at;
    }
    return text_.size();
  }

  /// What follows a word without a sign: `Bearer X`, `--password X`, `-u X`, `apiToken 'X'`.
  bool take_argument(std::size_t end) {
    const auto begin = behind(spaces, end);
    if (begin == end || begin >= text_.size()) return false;
    const auto word = lower_ascii(part(at_, end));
    takes_password_ = takes_password_ || password_commands.holds(word);
    const bool names = is_secret_name(word, strictness_);
    if (names && take_sentence(begin)) return true;
    const bool header = part(at_, end) == "-H" || word == "--header";
    const bool always = word == "bearer" || secret_options.holds(word) ||
                        (takes_password_ && password_options.holds(word)) ||
                        (names && word.starts_with("--"));
    if (!always && !header && !names && !schemes.holds(word)) return false;
    if (may_be_token(part(at_, end))) return false;
    const bool quoted = is_one_of(quotes, peek(behind("\\", begin)));
    const auto value = quoted ? value_at(begin, begin, true) : argument_at(begin);
    if (header) {
      take_header(value);
      at_ = offset(value) + value.size();
      return true;
    }
    if (!always && !(quoted && names) && !is_odd(value)) return false;
    at_ = offset(value);
    if (quoted || !take_groups()) take_value(value, word);
    return true;
  }
  /// `-pX` of a command that takes a password so.
  bool take_option(std::size_t end) {
    constexpr std::size_t letter = 2;
    if (!takes_password_ || end - at_ <= letter || !password_options.holds(part(at_, at_ + letter)))
      return false;
    secret(argument_at(at_ + letter));
    return true;
  }
  std::string_view argument_at(std::size_t begin) const {
    return part(begin, find(" \t\r\n\"'<>`,;", begin));
  }
  /// "The password is hunter2." The verb begins at `begin`.
  bool take_sentence(std::size_t begin) {
    const auto verb_end = behind(in_name, begin);
    const auto value = without_last(".!?", argument_at(behind(spaces, verb_end)));
    const auto word = lower_ascii(value);
    if (!verbs.holds(lower_ascii(part(begin, verb_end))) || states.holds(word) || word.ends_with("ed") ||
        word.ends_with("ing"))
      return false;
    at_ = offset(value);
    take_value(value, "");
    return true;
  }

  /// Not a plain word, a small number or "name:".
  static bool is_odd(std::string_view text) {
    if (text.size() <= 4 && std::ranges::all_of(text, is_digit)) return false;
    return !reads_as_words(text) || (text.find(':') == nowhere && std::ranges::any_of(text, is_digit));
  }

  /// <apiKey>…</apiKey>, <property name="password">…</property>
  void note_markup() {
    if (text_[at_] == '<' && is_letter(peek(at_ + 1))) {
      tag_ = part(at_ + 1, behind([](char c) { return in_name(c) || c == ':'; }, at_ + 1));
    } else if (text_[at_] == '>' && !tag_.empty()) {
      const auto name = tag_.substr(tag_.find(':') + 1);
      const bool is_secret = std::exchange(pair_is_secret_, false) || is_secret_name(name, strictness_);
      tag_ = {};
      if (is_secret) take_value(part(at_ + 1, std::min(text_.find("</", at_ + 1), text_.size())), name);
    }
  }

  std::string_view text_;
  Strictness strictness_;
  bool is_decoded_;  ///< from percent-encoded text
  std::size_t at_ = 0;
  Parts secrets_;
  std::size_t run_end_ = 0;      ///< of the last run of a token's characters
  bool takes_password_ = false;  ///< a command does, and may do so in its options
  std::string_view tag_;         ///< the name of the tag that is being read
  bool pair_is_secret_ = false;  ///< a name="apiKey" has been met, its value="…" not yet
};

}  // namespace

bool looks_like_url(std::string_view text) {
  const auto scheme = std::ranges::find_if_not(text, in_name) - text.begin();
  return is_host(text) || text.substr(static_cast<std::size_t>(scheme)).starts_with("://");
}

Parts joined(Parts parts) {
  std::ranges::stable_sort(parts, {}, [](std::string_view part) { return part.data(); });
  Parts out;
  for (const auto part : parts) {
    if (part.empty()) continue;
    if (out.empty() || part.data() >= out.back().data() + out.back().size())
      out.push_back(part);
    else if (part.data() + part.size() > out.back().data() + out.back().size())
      out.back() = reaching(out.back(), part);
  }
  return out;
}

Parts secrets_of_text(std::string_view text, Strictness strictness) {
  return TextScan(text, strictness).everything();
}
Parts secrets_of_headers(std::string_view lines, Strictness strictness) {
  return TextScan(lines, strictness).headers();
}
Parts secrets_of_alias(std::string_view text) { return TextScan(text, Strictness::lenient).known(); }

}  // namespace hookferry::secrets
