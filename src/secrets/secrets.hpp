// What in a webhook or a text is a secret, how it is masked, and how it is redacted.
#pragma once

#include <cstddef>
#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/document.hpp"
#include "json/edit.hpp"

namespace hookferry::secrets {

// What a person would read as words, and what may be a token: the line between showing and masking.

/// `hooks`, `sendMessage`, `v2`, `slack-48.png`, `2010-04-15`, `prod-eu-1`: words of letters that follow one
/// another as they do in English and in the vocabulary of APIs, with at most four digits among them. Not
/// `T024BE7LH`, `x7Kp-Lm3`, `qzkxvbnm`, long capitals, or anything with a sign that words do not have.
/// Whatever is not words counts as a secret where a secret may stand.
[[nodiscard]] bool reads_as_words(std::string_view text);

/// 8-4-4-4-12 hex digits.
[[nodiscard]] bool is_uuid(std::string_view text);

/// `$ALERT_NAME`: what the vendor fills in when it sends the webhook.
[[nodiscard]] bool is_placeholder(std::string_view text);

// The parts of a URL that could be a secret.

/// Bytes [begin, end) of a text.
struct Span {
  std::size_t begin;
  std::size_t end;
};

/// Where a URL ends that begins at `begin`: at a space, a quote or another sign that none holds, less the
/// punctuation of the sentence around it.
std::size_t url_end(std::string_view text, std::size_t begin);

/// Adds what may be secret in a URL whose host (or userinfo) begins at `begin`: userinfo, whatever in its
/// path does not read as words, what follows the word `key` or its like there, the paths of services whose
/// addresses are secrets as a whole, and all values of query and fragment. Neighbours in a path are one span,
/// so is a query of more than two values. '\' parts like '/'. URLs inside the path are looked into.
void add_url_secrets(std::string_view text, std::size_t begin, std::size_t end, std::vector<Span>& out);

/// With its %XX turned into bytes.
std::string percent_decoded(std::string_view text);

// Tokens that stand alone in a text: what gives them away is their shape.

/// Where a run of characters of which tokens are made (letters, digits and `_-+/=.~`) ends.
std::size_t token_end(std::string_view text, std::size_t begin);

/// Whether it begins as the tokens of a known service do ("eyJ", "xoxb-") and goes on as no word does.
[[nodiscard]] bool has_token_prefix(std::string_view run);

/// The part of the run [begin, end) that is a token: all of one with a known prefix ("eyJ", "xoxb-"), or what
/// in it does not read as words where that is 20 characters or more. Empty where there is none; a UUID is
/// none, nor are the parts of a path.
Span token_in(std::string_view text, std::size_t begin, std::size_t end);

// Which names say that what they name is secret.

/// Whether a member, header, parameter or element of that name holds a secret as a whole: it ends in `key`,
/// or holds pass, sign, session, auth, token, secret, cookie, credential, code, jwt, connection or one of
/// their like, in any spelling (`X-Api-Key`, `api_token`, `signingKey`, `passphrase2`). A few words that only
/// look like it are not (`author`, `assignee`, `design`), nor is what the vendor's guide shows in the open
/// (`projectKey`).
[[nodiscard]] bool is_secret_name(std::string_view name);

/// Whether it is what the other half of a pair is called by: `name` and its like in {"name": N, "value": V},
/// {"key": …}, {"Header": …}; and `value` and its like.
[[nodiscard]] bool is_naming(std::string_view member);
[[nodiscard]] bool is_naming_value(std::string_view member);

/// The names that the members of an object, or the elements of an array, go by when it is told whether they
/// are secret, in their order. That is a member's own name; of all below a secret one, its; and in a pair
/// ({"name": N, "value": V}, {"Key": …, "Value": …}, ["X-Api-Key", …]) the name that the pair holds. Empty
/// for what may be shown whatever it is called. `name`: what `parent` itself goes by.
std::vector<std::string> masking_names(const json::Value& parent, std::string_view name);

// Secrets in running text: header lines, commands, forms, markup, keys in PEM, bare tokens.

/// What may be secret in a text that is no JSON, in its order, without overlaps: parts of URLs (see
/// url_scan.cpp; also without a scheme, and with '\' or "\/" for '/'); what follows a name that tells of a
/// secret (`X-Api-Key: …`, `password=…`, `"token" : "…"`, `<apiKey>…</apiKey>`, `--password …`), `Bearer`,
/// `Basic` and their like; userinfo; PEM blocks; tokens that stand alone, by their prefix or by 20 or more
/// characters that are no words.
std::vector<Span> secrets_of_text(std::string_view text);

/// Whether the whole of it is a host ("hooks.slack.com") or begins as a URL does ("https://").
[[nodiscard]] bool looks_like_url(std::string_view text);

/// The same of a label (an alias, a UUID, an icon): URLs only, for what it says is to be seen.
std::vector<Span> secrets_of_label(std::string_view text);

// A key that is made by chance, and lives and dies with the process.

/// HMAC-SHA256 (RFC 2104) of `bytes` as 64 hex digits, under 32 random bytes that are drawn at the first call
/// and never leave the process: equal texts give equal digits within one output, and nobody can look up what
/// they stand for, not even by trying likely texts.
std::string process_digest(std::string_view bytes);

// What is shown of a webhook's text: everything but its secrets. Denied by default: whatever could be one is.
//
// What counts as secret: see names.cpp for names, url_scan.cpp for URLs, text_scan.cpp for
// running text.

/// `***` and six hex digits: of two secrets they are equal just when these are, within one process; to anyone
/// who does not have its key (see process_digest()) they say nothing. The mark of a redacted secret
/// stays.
std::string mask_secret(std::string_view secret);

/// A text with all that may be secret in it masked.
std::string mask_text(std::string_view text);

/// An argument of the command line, for an error line: as a text, and masked whole where it could be a key.
std::string mask_argument(std::string_view text);

/// The value as JSON with all that is secret masked, at any depth, JSON inside strings included. `name` is
/// what it goes by (see masking_names).
std::string mask_json(const json::Value& value, std::string_view name);

/// What is to stand in the place of a secret.
using InPlaceOf = std::function<std::string(std::string_view secret)>;

/// Edits of the document's text that put it there for every secret of `value`, asked in the order of the
/// text: a member with a secret name is replaced as a whole (a number becomes a string), of other strings
/// only what is secret in them. Booleans and null are no secrets.
std::vector<json::Edit> replace_secrets(const json::Value& value, std::string_view name,
                                        const InPlaceOf& in_place_of);

// Redacted webhooks: fit for a repository or a ticket, and told apart from whole ones.

/// Numbers secrets from 1 in the order in which they are met, across all webhooks that it is given: equal
/// secrets have equal numbers, and nothing else can be told from them.
class Redaction {
 public:
  /// `is_kept` names the members of a webhook that stay as they are: those that it is matched by.
  explicit Redaction(std::function<bool(std::string_view member)> is_kept) : is_kept_(std::move(is_kept)) {}

  /// The webhook with every secret (see secrets.hpp) replaced by its mark, all else to the byte. Marks
  /// of an earlier redaction are numbered anew. Text that is not JSON becomes one mark.
  std::string redact(std::string_view webhook_text);

  /// How many different ones there were.
  std::size_t secrets() const { return numbers_.size(); }

 private:
  std::string mark_of(std::string_view secret);
  std::function<bool(std::string_view)> is_kept_;
  std::map<std::string, std::size_t> numbers_;  ///< by digest: the secrets themselves are not kept
};

/// Length of the mark of a redacted secret, `«redacted:N»`, at the beginning of the text; 0 where there is
/// none.
std::size_t redaction_length(std::string_view text);
/// Whether the text is such a mark and nothing else.
[[nodiscard]] bool is_redaction(std::string_view text);

/// Whether a mark is left anywhere in the webhook's strings, at any depth, JSON inside strings included.
[[nodiscard]] bool holds_redaction(std::string_view webhook_text);

}  // namespace hookferry::secrets
