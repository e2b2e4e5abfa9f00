// Masking and redaction: a secret in any of the places where one may stand is never to be read, whatever
// stands around it, and what is shown is JSON where JSON went in.
#include <array>
#include <vector>

#include "core/crypto.hpp"
#include "fuzz/fuzz.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "secrets/secrets.hpp"
#include "support/rooms.hpp"
#include "webhook/kinds.hpp"
#include "webhook/webhook.hpp"

using namespace hookferry;
using fuzz::promise;

namespace {

/// A token as services make them: no words, by chance or by the fuzzer's choice.
std::string token_of(std::string_view seed) {
  constexpr std::string_view letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789";
  const auto digest = sha256_hex(seed);
  std::string out;
  for (std::size_t i = 0; i + 1 < 48; i += 2)
    out += letters[static_cast<std::size_t>(std::stoi(digest.substr(i, 2), nullptr, 16)) % letters.size()];
  return out;
}

/// '@' stands for the secret, '<' and '>' for what the fuzzer puts before and behind it.
constexpr std::array<std::string_view, 16> texts = {
    "< @ >",
    "<\n@\n>",
    "https://x.test/</@/>",
    "https://x.test/a?<&b=@&>",
    "https://x.test/a#@",
    "https://ops:@^x.test/>",
    "<\nX-Api-Key: @",
    "< password=@ >",
    "<\nAuthorization: Basic @",
    "<\nAuthorization: Bearer @",
    "hooks.slack.com/services/</@",
    "< curl -H 'X-Api-Key: @' >",
    "< \"privateKey\":\"@\" >",
    "< <token>@</token> >",
    "< https://hooks.slack.com/services/T0/B0/@ >",
    "<\n-----BEGIN PRIVATE KEY-----\n@\n-----END PRIVATE KEY-----\n>",
};
constexpr std::array<std::string_view, 8> values = {
    R"({"privateKey":"@","other":<})",
    R"([<,{"name":"serviceKey","value":"@"}])",
    R"({"headers":[["X-Api-Key","@"]],"x":<})",
    R"([{"Key":"X-Api-Key","Value":"@","Other":<}])",
    R"({"alias":"a","url":"https://x.test/?code=@","x":<})",
    R"({"integration_type_fields":"[{\"name\":\"apiToken\",\"value\":\"@\"}]","x":<})",
    R"({"token":[<,{"a":"@"}]})",
    R"({"text":"the password: @","x":<})"};

std::string filled(std::string_view pattern, const std::string& secret, std::string_view before,
                   std::string_view behind) {
  std::string out;
  for (std::size_t i = 0; i < pattern.size(); ++i) {
    const char c = pattern[i];
    const bool markup =
        c == '<' && (pattern.substr(i).starts_with("<token") || pattern.substr(i).starts_with("</token"));
    const bool end_of_markup = c == '>' && pattern.substr(0, i).ends_with("token");
    if (c == '@')
      out += secret;
    else if (c == '^')
      out += '@';
    else if (c == '<' && !markup)
      out += before;
    else if (c == '>' && !end_of_markup)
      out += behind;
    else
      out += c;
  }
  return out;
}

bool is_kept(std::string_view name) { return hookferry::is_kept_when_redacted(name); }

/// Once more as a redacted export.
void check_redaction(const std::string& text, const std::string& secret) {
  Redaction redaction(is_kept);
  const auto redacted = redaction.redact(text);
  promise(redacted.find(secret) == std::string::npos, "a redacted secret is gone");
  promise(json::Document::try_parse(redacted).has_value(), "a redacted webhook is JSON");
  promise(holds_redaction(redacted), "a redacted webhook is known as one");
  promise(holds_redaction(Redaction(is_kept).redact(redacted)), "what is redacted again is known as well");
}

void check_value(std::string_view pattern, const std::string& secret, const std::string& filler) {
  const auto text = filled(pattern, secret, json::Document::try_parse(filler) ? filler : "null", "");
  const auto document = json::Document::try_parse(text);
  if (!document) return;  // nested too deep
  const auto shown = mask_json(document->root(), "");
  promise(shown.find(secret) == std::string::npos, "a secret member is masked");
  promise(json::Document::try_parse(shown).has_value(), "what is masked is JSON");
  check_redaction(text, secret);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  if (size < 2) return 0;
  const auto text = fuzz::text_of(data + 2, size - 2);
  const auto secret = token_of(text);
  const auto half = std::min<std::size_t>(data[1], text.size());
  const auto before = text.substr(0, half);
  const auto behind = text.substr(half);
  const auto shown = mask_text(filled(texts.at(data[0] % texts.size()), secret, before, behind));
  const bool hidden = shown.find(secret) == std::string::npos;
  if (!hidden) std::fprintf(stderr, "%s of:\n%s\n", secret.c_str(), json::encode(shown).c_str());
  promise(hidden, "a secret in a text is masked");
  promise(mask_argument(secret).find(secret) == std::string::npos, "a key as an argument is masked");
  check_value(values.at(data[0] / texts.size() % values.size()), secret, text);
  if (const auto document = json::Document::try_parse(text))
    promise(json::Document::try_parse(mask_json(document->root(), "")).has_value(), "what is masked is JSON");
  return 0;
}
