// What is shown of a webhook's text: everything but its secrets. Denied by default: whatever could be one is.
//
// What counts as secret: see secret_names.hpp for names, secret_urls.hpp for URLs, secret_texts.hpp for
// running text.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"
#include "json/edit.hpp"
#include "webhook/secret_names.hpp"

namespace hookferry {

/// `***` and six hex digits: of two secrets they are equal just when these are, within one process; to anyone
/// who does not have its key (see core/process_key.hpp) they say nothing. The mark of a redacted secret
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

}  // namespace hookferry
