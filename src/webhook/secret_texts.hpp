// Secrets in running text: header lines, commands, forms, markup, keys in PEM, bare tokens.
#pragma once

#include <string_view>
#include <vector>

#include "webhook/secret_urls.hpp"

namespace hookferry {

/// What may be secret in a text that is no JSON, in its order, without overlaps: parts of URLs (see
/// secret_urls.hpp; also without a scheme, and with '\' or "\/" for '/'); what follows a name that tells of a
/// secret (`X-Api-Key: …`, `password=…`, `"token" : "…"`, `<apiKey>…</apiKey>`, `--password …`), `Bearer`,
/// `Basic` and their like; userinfo; PEM blocks; tokens that stand alone, by their prefix or by 20 or more
/// characters that are no words.
std::vector<Span> secrets_of_text(std::string_view text);

/// Whether the whole of it is a host ("hooks.slack.com") or begins as a URL does ("https://").
[[nodiscard]] bool looks_like_url(std::string_view text);

/// The same of a label (an alias, a UUID, an icon): URLs only, for what it says is to be seen.
std::vector<Span> secrets_of_label(std::string_view text);

}  // namespace hookferry
