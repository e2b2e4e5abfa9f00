#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "core/text.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::secrets {
namespace {

constexpr auto nowhere = std::string_view::npos;
constexpr std::size_t longest_name = 64;
/// Bounds what is looked at for each word, so that the whole is linear.
constexpr std::size_t longest_userinfo = 256;

/// In front of a value, in a header or alone. What follows the first is a token whatever it looks like.
constexpr std::array<std::string_view, 10> schemes = {"bearer",    "basic",  "token",    "digest",  "apikey",
                                                      "negotiate", "splunk", "geniekey", "sso-key", "hmac"};
/// Options of curl and wget whose argument is a secret though their name does not say so.
constexpr std::array<std::string_view, 5> secret_options = {"-u", "--user", "--proxy-user", "-b",
                                                            "--oauth2-bearer"};
/// Before an '@' they are no user's name.
constexpr std::array<std::string_view, 5> address_schemes = {"mailto", "sip", "sips", "xmpp", "acct"};

template <class Table>
bool holds(const Table& table, std::string_view text) {
  return std::find(table.begin(), table.end(), text) != table.end();
}

bool is_space(char c) { return c == ' ' || c == '\t'; }
bool is_quote(char c) { return c == '"' || c == '\'' || c == '`'; }
bool in_name(char c) {
  return is_letter(c) || is_digit(c) || static_cast<unsigned char>(c) >= 0x80 ||
         std::string_view("_-.%$").find(c) != nowhere;
}

/// Two labels or more, the last of letters: "hooks.slack.com"; or an address of numbers.
bool is_host(std::string_view text) {
  if (text.ends_with('.')) text.remove_suffix(1);
  const auto dot = text.rfind('.');
  if (dot == nowhere || dot == 0 || text.find_first_of("_%$") == 0 || text.find("..") != nowhere)
    return false;
  const auto last = text.substr(dot + 1);
  const bool name = last.size() >= 2 && std::all_of(last.begin(), last.end(), is_letter);
  const bool address =
      std::all_of(text.begin(), text.end(), [](char c) { return is_digit(c) || c == '.'; }) &&
      std::count(text.begin(), text.end(), '.') == 3;
  return name || address;
}

/// Where two readings of a place meet, one secret.
std::vector<Span> joined(const std::vector<Span>& spans) {
  std::vector<Span> out;
  for (const auto& span : spans) {
    if (out.empty() || span.begin >= out.back().end)
      out.push_back(span);
    else
      out.back().end = std::max(out.back().end, span.end);
  }
  return out;
}

/// One pass from left to right; each step looks at what begins at `at_` and goes behind it.
class TextScan {
 public:
  explicit TextScan(std::string_view text) : text_(text) {}

  std::vector<Span> urls() && {
    while (at_ < text_.size()) {
      if (!begins_word() || !take_url(name_end())) step();
    }
    return std::move(spans_);
  }

  std::vector<Span> everything() && {
    while (at_ < text_.size()) {
      if (take_pem()) continue;
      note_markup();
      if (begins_word())
        take_word();
      else
        step();
    }
    return std::move(spans_);
  }

 private:
  char peek(std::size_t at) const { return at < text_.size() ? text_[at] : '\0'; }
  std::string_view part(std::size_t begin, std::size_t end) const { return text_.substr(begin, end - begin); }
  std::size_t find(std::string_view any, std::size_t at) const {
    return std::min(text_.find_first_of(any, at), text_.size());
  }
  std::size_t behind_spaces(std::size_t at) const {
    while (is_space(peek(at))) ++at;
    return at;
  }
  bool begins_word() const { return in_name(text_[at_]) && (at_ == 0 || !in_name(text_[at_ - 1])); }
  std::size_t name_end() const {
    auto end = at_;
    while (end < text_.size() && in_name(text_[end])) ++end;
    return end;
  }
  void step() { ++at_; }
  void secret(std::size_t begin, std::size_t end) {
    while (begin < end && is_space(text_[end - 1])) --end;
    if (begin < end) spans_.push_back({begin, end});
    at_ = std::max(at_, end);
  }

  void take_word() {
    if (const auto mark = redaction_length(part(at_, text_.size()))) return secret(at_, at_ + mark);
    const auto end = name_end();
    if (take_url(end) || take_userinfo(end) || take_pair(end) || take_argument(end)) return;
    take_token(end);
  }

  /// Each run of such characters is looked at once, from its beginning.
  void take_token(std::size_t end) {
    const bool inside = at_ < run_end_;
    run_end_ = inside ? run_end_ : token_end(text_, at_);
    const bool prefixed = inside && has_token_prefix(part(at_, run_end_));
    const auto token = prefixed ? Span{at_, run_end_}
                       : inside ? Span{at_, at_}
                                : token_in(text_, at_, run_end_);
    at_ = std::max(at_ + 1, end);
    if (token.end <= token.begin) return;
    at_ = token.end;
    secret(token.begin, token.end);
  }

  /// "-----BEGIN PRIVATE KEY-----…-----END PRIVATE KEY-----": all between the dashes.
  bool take_pem() {
    constexpr std::string_view dashes = "-----";
    constexpr std::string_view opening = "-----BEGIN ";
    if (!part(at_, text_.size()).starts_with(opening)) return false;
    auto close = at_ + opening.size();
    while ((peek(close) >= 'A' && peek(close) <= 'Z') || is_digit(peek(close)) || peek(close) == ' ') ++close;
    if (!part(close, text_.size()).starts_with(dashes)) return false;
    secret(close + dashes.size(), std::min(text_.find("-----END", close + dashes.size()), text_.size()));
    at_ = std::max(at_, close + dashes.size());
    return true;
  }

  /// With a scheme, or a host that is followed by a path, a query or a port with one of them.
  bool take_url(std::size_t end) {
    auto begin = at_;
    if (peek(end) == ':' && end - at_ > 1 && slashes(end + 1) >= 2) {
      begin = end + 1;
      while (peek(begin) == '/' || peek(begin) == '\\') ++begin;
      if (!in_name(peek(begin)) && peek(begin) != '[') return false;
    } else if (!begins_url_without_scheme(end)) {
      return false;
    }
    const auto stop = url_end(text_, begin);
    add_url_secrets(text_, begin, stop, spans_);
    at_ = std::max(stop, end);
    return true;
  }
  std::size_t slashes(std::size_t at) const {
    std::size_t out = 0;
    while (peek(at + out) == '/' || peek(at + out) == '\\') ++out;
    return out;
  }
  bool begins_url_without_scheme(std::size_t end) const {
    const bool in_a_path = at_ > 0 && text_[at_ - 1] == '/' && (at_ == 1 || text_[at_ - 2] != '/');
    auto behind = end;
    if (peek(end) == ':') {
      behind = end + 1;
      while (is_digit(peek(behind))) ++behind;
      if (behind == end + 1) return false;
    }
    const auto host = part(at_, end);
    const bool known = is_host(host) || (behind > end && host == "localhost");
    return known && !in_a_path && std::string_view("/\\?").find(peek(behind)) != nowhere &&
           peek(behind) != '\0';
  }

  /// `user:password@host` without a scheme, where it does not look like a word and an e-mail address.
  bool take_userinfo(std::size_t end) {
    if (peek(end) != ':' || holds(address_schemes, lower_ascii(part(at_, end)))) return false;
    const auto stop = url_end(text_.substr(0, std::min(at_ + longest_userinfo, text_.size())), at_);
    const auto sign = part(end, stop).rfind('@');
    if (sign == nowhere || end + sign + 1 >= stop) return false;
    const auto at = end + sign;
    const auto host_end = at + 1 + std::min(part(at + 1, stop).find_first_of("/:?# "), stop - at - 1);
    const bool place = host_end < stop && host_end > at + 1;
    if (!place && (reads_as_words(part(end + 1, at)) || !is_host(part(at + 1, stop)))) return false;
    secret(at_, at);
    at_ = at + 1;
    return true;
  }

  /// A name and its value: "name: value", "name=value", quoted or not.
  bool take_pair(std::size_t end) {
    auto sign = end;
    while (peek(sign) == '\\') ++sign;
    const bool quoted = is_quote(peek(sign));
    sign = behind_spaces(quoted ? sign + 1 : end);
    if (peek(sign) != ':' && peek(sign) != '=') return false;
    auto begin = sign + 1;
    if (peek(begin) == '>' || peek(begin) == '=') ++begin;
    begin = behind_spaces(begin);
    const auto name = percent_decoded(part(at_, end));
    if (is_naming(name) && names_a_secret(begin)) {
      pair_is_secret_ = true;
      at_ = begin;
      while (peek(at_) == '\\' || is_quote(peek(at_))) step();
      at_ = name_end();
      return true;
    }
    const bool told_before = pair_is_secret_ && is_naming_value(name);
    if (told_before) pair_is_secret_ = false;
    const bool is_secret = told_before || is_secret_name(name);
    const auto value = is_secret ? value_at(begin, sign, quoted) : Span{begin, begin};
    const auto token = token_in(text_, at_, end);
    const bool is_token = token.end > token.begin;  // "dXNlcjpwYXNz…Q==" is no name
    if (is_token && value.begin >= value.end) return false;
    if (is_token) secret(token.begin, token.end);
    at_ = begin;
    take_value(value);
    return true;
  }

  /// A word in quotes or before a sign that ends it, such as the "apiKey" of name="apiKey".
  bool names_a_secret(std::size_t begin) const {
    while (peek(begin) == '\\' || is_quote(peek(begin))) ++begin;
    auto end = begin;
    while (in_name(peek(end)) && end - begin < longest_name) ++end;
    const auto behind = peek(end);
    const bool ends = behind == '\\' || is_quote(behind) || behind == ',' || behind == '\n' || behind == '\r';
    const auto text = part(begin, end);
    return ends && reads_as_words(text) && is_secret_name(text);
  }

  void take_value(const Span& value) {
    const auto text = part(value.begin, value.end);
    if (text.empty() || text == "null" || text == "true" || text == "false" || is_placeholder(text)) return;
    secret(value.begin, value.end);
  }

  /// The value that begins at `begin` behind the sign (':' or '='); `quoted` where the name stood in quotes.
  Span value_at(std::size_t begin, std::size_t sign, bool quoted) const {
    auto open = begin;
    while (peek(open) == '\\') ++open;
    if (is_quote(peek(open))) {
      const auto quote = part(begin, open + 1);  // with its backslashes
      return {open + 1, std::min(text_.find(quote, open + 1), text_.size())};
    }
    if (peek(begin) == '[' || peek(begin) == '{') return {begin, find("\n", begin)};
    if (quoted) return {begin, find(",}]\n", begin)};  // a number in JSON
    if (peek(sign) == '=' && !is_space(peek(sign + 1))) return {begin, find("&;, \t\r\n\"'<>`)|}]", begin)};
    return {begin, line_value_end(begin)};
  }

  /// Of a header line all; of one in quotes up to their end; inside a sentence to where it goes on.
  std::size_t line_value_end(std::size_t begin) const {
    auto first = at_;
    if (first > 0 && is_quote(text_[first - 1])) return find(std::string{'\n', text_[first - 1]}, begin);
    while (first > 0 && (is_space(text_[first - 1]) || text_[first - 1] == '-')) --first;
    if (first == 0 || text_[first - 1] == '\n') return find("\r\n", begin);
    for (auto at = begin; at < text_.size(); ++at) {
      if (std::string_view("\r\n\"'<").find(text_[at]) != nowhere) return at;
      const auto here = part(at, text_.size());
      for (const std::string_view pause : {", ", "; ", " - ", ". ", " | "})
        if (here.starts_with(pause)) return at;
    }
    return text_.size();
  }

  /// What follows a word without a sign: `Bearer X`, `--password X`, `-u X`, `apiToken 'X'`.
  bool take_argument(std::size_t end) {
    const auto begin = behind_spaces(end);
    if (begin == end || begin >= text_.size()) return false;
    const auto word = lower_ascii(part(at_, end));
    const bool names = is_secret_name(word);
    const bool always =
        word == schemes[0] || holds(secret_options, word) || (names && word.starts_with("--"));
    if (!always && !names && !holds(schemes, word)) return false;
    if (const auto token = token_in(text_, at_, end); token.end > token.begin) return false;
    auto open = begin;
    while (peek(open) == '\\') ++open;
    const bool quoted = is_quote(peek(open));
    const Span value = quoted ? value_at(begin, begin, true) : Span{begin, find(" \t\r\n\"'<>`,;", begin)};
    if (!always && !(quoted && names) && !is_odd(part(value.begin, value.end))) return false;
    at_ = value.begin;
    take_value(value);
    return true;
  }

  /// No plain word, no small number, no "name:".
  static bool is_odd(std::string_view text) {
    if (text.size() <= 4 && std::all_of(text.begin(), text.end(), is_digit)) return false;
    return !reads_as_words(text) ||
           (text.find(':') == nowhere && std::any_of(text.begin(), text.end(), is_digit));
  }

  /// <apiKey>…</apiKey>, <property name="password">…</property>
  void note_markup() {
    if (text_[at_] == '<' && is_letter(peek(at_ + 1))) {
      auto end = at_ + 1;
      while (in_name(peek(end)) || peek(end) == ':') ++end;
      tag_ = part(at_ + 1, end);
    } else if (text_[at_] == '>' && !tag_.empty()) {
      const auto name = tag_.substr(tag_.find(':') == nowhere ? 0 : tag_.find(':') + 1);
      const bool is_secret = std::exchange(pair_is_secret_, false) || is_secret_name(name);
      tag_ = {};
      if (is_secret) take_value({at_ + 1, std::min(text_.find("</", at_ + 1), text_.size())});
    }
  }

  std::string_view text_;
  std::size_t at_ = 0;
  std::vector<Span> spans_;
  std::size_t run_end_ = 0;      ///< of the last run of a token's characters
  std::string_view tag_;         ///< that is being read
  bool pair_is_secret_ = false;  ///< a name="apiKey" has been met, its value="…" not yet
};

}  // namespace

bool looks_like_url(std::string_view text) {
  const auto scheme = std::find_if_not(text.begin(), text.end(), in_name) - text.begin();
  return is_host(text) || text.substr(static_cast<std::size_t>(scheme)).starts_with("://");
}

std::vector<Span> secrets_of_text(std::string_view text) { return joined(TextScan(text).everything()); }
std::vector<Span> secrets_of_label(std::string_view text) { return joined(TextScan(text).urls()); }

}  // namespace hookferry::secrets
