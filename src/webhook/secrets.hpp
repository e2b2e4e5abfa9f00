// Which parts of a webhook are secret, and what is shown in their place.
#pragma once

#include <string>
#include <string_view>

#include "json/document.hpp"

namespace hookferry {

/// Whether a member or header of that name holds a secret as a whole: `privateKey`, `serviceKey`, `apiToken`,
/// `Authorization` and its like (`X-Auth`, `X-…-Key`). Letter case, '-' and '_' ignored.
bool is_secret_name(std::string_view name);

/// `***` and the first hex digits of the secret's SHA-256: two different secrets still look different, and
/// none can be read back.
std::string mask_secret(std::string_view secret);

/// The secret parts of URLs in it masked: userinfo, tokens in queries and fragments, and the path of chat
/// services' webhook URLs, which is the secret itself; URLs inside URLs too. So are bearer tokens, and the
/// value where the text is a header line such as "Authorization: …".
std::string mask_text(std::string_view text);

/// The value as JSON with all that is secret masked, at any depth, JSON inside strings included. `name` is
/// the member it belongs to.
std::string mask_json(const json::Value& value, std::string_view name);

}  // namespace hookferry
