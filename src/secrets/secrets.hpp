// What in a webhook or a text is a secret, how it is masked, and how it is redacted.
#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <functional>
#include <map>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

#include "core/crypto.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "json/document.hpp"

namespace hookferry::secrets {

/// The same rules for screens and for files that anybody may get, but that these show nothing for the sake of
/// who reads them: names of which only the beginning is a secret's, numbers and keys of issues.
enum class Strictness { lenient, strict };

/// A set of characters, looked up in a table.
class CharacterSet {
 public:
  explicit constexpr CharacterSet(bool (*holds)(char)) {
    for (std::size_t i = 0; i < held_.size(); ++i) held_.at(i) = holds(static_cast<char>(i));
  }
  constexpr bool operator()(char c) const { return held_[static_cast<unsigned char>(c)]; }

 private:
  std::array<bool, 256> held_{};
};

/// A list of words, written as one text with a space between two.
class WordList {
 public:
  explicit constexpr WordList(std::string_view text) {
    while (!text.empty()) {
      const auto word = text.substr(0, text.find(' '));
      words_.at(count_++) = word;
      lengths_.at(first_byte(word)) |= length_bit(word);
      text.remove_prefix(std::min(word.size() + 1, text.size()));
    }
  }
  constexpr std::span<const std::string_view> words() const { return {words_.data(), count_}; }
  bool holds(std::string_view word) const {
    return !word.empty() && (lengths_[first_byte(word)] & length_bit(word)) != 0 &&
           hookferry::holds(words(), word);
  }

 private:
  static constexpr std::size_t first_byte(std::string_view word) {
    return static_cast<unsigned char>(word[0]);
  }
  static constexpr std::uint64_t length_bit(std::string_view word) {
    return std::uint64_t{1} << std::min<std::size_t>(word.size(), 63);
  }

  std::array<std::string_view, 128> words_;
  std::array<std::uint64_t, 256> lengths_ =
      {};  ///< of the words that begin with a byte: most others are none
  std::size_t count_ = 0;
};

// What a person would read as words, and what may be a token: the line between showing and masking.

/// `hooks`, `sendMessage`, `v2`, `slack-48.png`, `2010-04-15`, `prod-eu-1`: words of letters that follow one
/// another as they do in English and in the vocabulary of APIs, with at most four digits among them. Not
/// `T024BE7LH`, `x7Kp-Lm3`, `qzkxvbnm`, long capitals, or anything with a sign that words do not have.
/// Whatever is not words counts as a secret where a secret may stand.
[[nodiscard]] bool reads_as_words(std::string_view text);

/// What a person needs of a text and is no secret: words, also names of people and places, short
/// numbers, amounts (`512Mi`), keys of issues (`OPS-12345`).
[[nodiscard]] bool reads_plainly(std::string_view text, Strictness strictness);

/// Length of the date or time at the beginning ("2010-04-15", "12:30:00", "2022-08-22T07:32:09Z"), else 0.
std::size_t time_length(std::string_view text);

/// `OPS-12345`, or `OPS`, which stands for the project.
[[nodiscard]] bool is_issue_key(std::string_view text);

/// 8-4-4-4-12 hex digits.
[[nodiscard]] bool is_uuid(std::string_view text);

/// `$ALERT_NAME`: what the vendor fills in when it sends the webhook.
[[nodiscard]] bool is_placeholder(std::string_view text);

/// Whether the run begins like the tokens of a known service ("eyJ", "xoxb-") and goes on as no word does.
[[nodiscard]] bool has_token_prefix(std::string_view run);

/// The token in a run of characters without a pause: all of it where it has such a prefix or signs that only
/// passwords have, else what in it does not read plainly. Empty where there is none.
std::string_view token_in(std::string_view run, Strictness strictness);

// Which names say that what they name is secret.

/// Whether a member, header, parameter or element of that name holds a secret as a whole: it ends in `key` or
/// `code`, or holds pass, sign, session, auth, token, secret, cookie, credential, jwt, connection or one of
/// their like in common languages, in any spelling (`X-Api-Key`, `api_token`, `signingKey`, `пароль`), or it
/// begins with `X-`, or mixes letters of scripts that look alike. Names that only look like it are not
/// (`author`, `country_code`, `session_timeout`), nor is what the vendor's guide shows in the open
/// (`projectKey`): their values are judged by themselves.
[[nodiscard]] bool is_secret_name(std::string_view name, Strictness strictness = Strictness::lenient);

/// What has this name is secret whatever it is.
inline constexpr std::string_view always_secret = "secret";

/// Whether a value of a secret name is no secret: nothing, a placeholder, or a word such as `disabled`.
[[nodiscard]] bool is_no_secret(std::string_view value, std::string_view name, Strictness strictness);

/// Whether what has this name holds headers: `headers`, `customHeaders`.
[[nodiscard]] bool is_headers(std::string_view name);

/// By what name something is judged that is called `name` below something called `parent`: by its own, by
/// that of the secret above it, or as a header, of which only a few are shown.
std::string name_below(std::string_view parent, std::string_view name);

/// Whether a pair calls its name so: `name` in {"name": N, "value": V}, `key`, `Header` and their like.
[[nodiscard]] bool is_naming(std::string_view member);
/// Whether a pair calls its value so: `value` and its like.
[[nodiscard]] bool is_naming_value(std::string_view member);

/// The names by which the members of an object, or the elements of an array, are judged secret or not, in
/// their order. That is a member's own name, or the name of `parent` (`name`) if that one is secret; in a
/// pair ({"name": N, "value": V}, {"Key": …, "Value": …}, ["X-Api-Key", …]) it is the name in it. Empty for
/// what may be shown.
std::vector<std::string> masking_names(const json::Value& parent, std::string_view name);

// Secrets in URLs and in running text: header lines, commands, forms, markup, keys in PEM, bare tokens.

/// They view the text that they were found in.
using Parts = std::vector<std::string_view>;

/// From where `first` begins to where `last` ends in the same text; `last` where `first` is empty.
inline std::string_view reaching(std::string_view first, std::string_view last) {
  if (first.empty()) return last;
  return {first.data(), static_cast<std::size_t>(last.data() + last.size() - first.data())};
}

/// The parts in their order, where those that meet are one.
Parts joined(Parts parts);

/// Adds the parts of a URL without its scheme that may be secret: userinfo, segments of the path that do not
/// read as words or follow the word `key` or its like, the paths of services whose addresses are secrets, and
/// all values of query and fragment. Neighbours in a path are one part, and so is a query of more than two
/// values. A
/// '\' separates like '/'. URLs inside the path are searched, too.
void add_url_secrets(std::string_view url, Strictness strictness, Parts& out);

/// Whether the host is that of a service whose addresses are secrets.
[[nodiscard]] bool has_secret_addresses(std::string_view host);

/// The text with each %XX turned into its byte.
std::string percent_decoded(std::string_view text);

/// Whether the whole of it is a host ("hooks.slack.com") or begins as a URL does ("https://").
[[nodiscard]] bool looks_like_url(std::string_view text);

/// What may be secret in a text that is not JSON, in its order, without overlaps: parts of URLs (see
/// url_scan.cpp; also without a scheme, and with '\' or "\/" for '/'); what follows a name that tells of a
/// secret (`X-Api-Key: …`, `password=…`, `"token" : "…"`, `<apiKey>…</apiKey>`, `--password …`), `Bearer`,
/// `Basic` and their like; userinfo; PEM blocks; and whatever does not read plainly. %XX is decoded once.
Parts secrets_of_text(std::string_view text, Strictness strictness);

/// What may be secret in lines of headers: all values but those of headers that are shown.
Parts secrets_of_headers(std::string_view lines, Strictness strictness);

/// What is known to be secret in an alias: tokens and secret addresses of known services.
Parts secrets_of_alias(std::string_view text);

// What is shown of a webhook's text: everything but its secrets. Whatever could be a secret counts as one:
// see names.cpp for names, url_scan.cpp for URLs, text_scan.cpp for running text.

/// `***` and six hex digits. Within one process, the digits of two secrets are equal just when the secrets
/// are. They come from a key that the process draws by chance and never shows, so that they say nothing to
/// anyone. The mark of a redacted secret stays as it is.
std::string mask_secret(std::string_view secret);
using InPlaceOf = std::function<std::string(std::string_view secret)>;

/// A line of a response's head, for a log.
std::string mask_header(std::string_view line);

/// An argument of the command line, for an error line: as a text, and masked whole where it could be a key.
std::string mask_argument(std::string_view text);

/// The value with all secrets masked, at any depth, also in strings. `name`: see masking_names().
std::string mask_json(const json::Value& value, std::string_view name);

/// Values of four bytes or more that are masked wherever a text repeats them.
class KnownSecrets {
 public:
  explicit KnownSecrets(const std::vector<std::string>& values);
  /// All that is masked of the JSON text, and the parts of it that could be repeated alone.
  static KnownSecrets of_json(std::string_view json_text);
  Parts find(std::string_view text) const;
  /// In strings at any depth.
  std::string mask_json(const std::string& json_text) const;

 private:
  std::unordered_map<std::string, std::vector<std::string>> by_beginning_;  ///< the longest first
};

/// An alias, by which people know a webhook: only tokens and addresses of known services are masked.
std::string mask_alias(std::string_view alias, const InPlaceOf& in_place_of = mask_secret);

/// The text with all that may be secret in it masked.
std::string mask_text(std::string_view text, const KnownSecrets& known = KnownSecrets({}));

/// Edits of the document's text that replace every secret of `value`, in the order of the text. A member with
/// a secret name is replaced as a whole (a number becomes a string), other strings only where they hold one.
std::vector<json::Edit> replace_secrets(const json::Value& value, std::string_view name,
                                        const InPlaceOf& in_place_of,
                                        Strictness strictness = Strictness::lenient);

// Redacted webhooks: fit for a repository or a ticket, and told apart from whole ones.

/// Numbers secrets from 1 in the order in which they are met, across all webhooks that it is given: equal
/// secrets have equal numbers, and the numbers say nothing else.
class Redaction {
 public:
  /// `is_kept` names the members of a webhook that stay as they are: those that it is matched by.
  explicit Redaction(std::function<bool(std::string_view member)> is_kept) : is_kept_(std::move(is_kept)) {}

  /// The webhook with every secret replaced by its mark, all else to the byte. Marks of an earlier redaction
  /// are numbered anew. Text that is not JSON becomes one mark.
  std::string redact(std::string_view webhook_text);

  /// The number of different secrets so far.
  std::size_t secrets() const { return numbers_.size(); }

 private:
  std::string mark_of(std::string_view secret);
  std::function<bool(std::string_view)> is_kept_;
  std::map<Sha256, std::size_t> numbers_;  ///< by digest: the secrets themselves are not kept
};

/// Length of the mark of a redacted secret, `«redacted:N»`, at the beginning of the text; 0 without one.
std::size_t redaction_length(std::string_view text);
/// Whether the text is such a mark and nothing else.
[[nodiscard]] bool is_redaction(std::string_view text);

/// Whether a mark is left anywhere in the webhook's strings, at any depth, JSON inside strings included.
[[nodiscard]] bool holds_redaction(std::string_view webhook_text);

}  // namespace hookferry::secrets
