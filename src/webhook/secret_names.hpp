// Which names say that what they name is secret.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "json/document.hpp"

namespace hookferry {

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

}  // namespace hookferry
