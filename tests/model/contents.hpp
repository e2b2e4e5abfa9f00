// Contents of webhooks in the model: one letter each. 'A', 'B', 'C' are what is planned; others are given by
// the server or by strangers. The core compares digests of JSON; where it parses a webhook itself it is
// handed the letter's JSON and the digest of that.
#pragma once

#include <optional>
#include <string>

#include "support/rooms.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::model {

using Content = char;

inline constexpr Content foreign_content = 'F';   ///< initially there, of an identity of its own
inline constexpr Content namesake_content = 'N';  ///< initially there, of a planned identity
inline constexpr Content added_content = 'X';     ///< added by a stranger, of a planned identity
inline constexpr Content edited_content = 'E';    ///< a stranger's edit

enum class Storing { as_sent, normalises, collapses, renames };
/// What the server makes of what was sent: 'A' becomes 'a' where it normalises; 'A' and 'B' become 'm' where
/// it collapses them.
Content stored_form(Storing storing, Content sent);
/// And of its identity: where it renames, the alias of what was planned gets a space at its end.
int stored_identity(Storing storing, int identity, Content sent);
inline constexpr int first_renamed = 4;

std::string symbol(Content content);
Content content_of_symbol(const std::string& text);
/// To a delivery any digest will do: one that begins with the letter can be read. Empty and '-': none.
Sha256 symbol_digest(Content content);
std::string symbol(const Sha256& digest);
std::string symbol(const std::optional<Sha256>& digest);
/// As the account holds it; the id is not in the text.
const Webhook& webhook_of(int identity, Content content);
const Sha256& digest_of(int identity, Content content);
Content content_of_digest(const Sha256& digest);

inline constexpr int stranger = 7;  ///< an identity that is not planned
Identity identity_of(int number);
std::string uuid_of(std::int64_t id);
int number_of(const Identity& identity);

}  // namespace hookferry::model
