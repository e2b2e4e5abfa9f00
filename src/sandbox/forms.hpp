// What each API takes and shows of a webhook. The store keeps a webhook in the form in which it was written,
// and the other API shows it converted.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "json/document.hpp"
#include "sandbox/store.hpp"

namespace hookferry::sandbox {

/// Why v1 would refuse to create or update this webhook; nothing if it would not. The source is the vendor's
/// webhooks guide, January 2023, Tables A and B.
std::optional<std::string> guide_objection(const json::Value& webhook);

/// A webhook as v5 takes it. The source is the vendor's OpenAPI v5, August 2026.
struct V5Body {
  std::string text;       ///< typed: known members in a fixed order, each once, without those that are null
  std::string objection;  ///< why v5 refuses it; empty if it does not
};
V5Body read_v5_body(const json::Value& data);

/// The posted webhook with the server's own members around it and with what the fault makes of it. v1 keeps
/// its members to the byte. The times are JSON texts; an empty one is left out.
std::string stored_text(const Account& account, const StoredWebhook& posted, std::string_view created_at,
                        std::string_view updated_at, const Fault& fault);

/// The webhook as the API of that form shows it. What that form cannot hold is assumed to look worst: v1
/// shows a type that only v5 has under an undocumented number without its fields, and v5 shows a webhook of
/// an undocumented type as UNKNOWN without a configuration.
std::string text_in_form(const Account& account, const StoredWebhook& webhook, webhook::Form form);

/// The same with the ids that the fault asks for. `members`: those of a row of a list, separated by
/// spaces; empty for all.
std::string shown_text(const Account& account, const StoredWebhook& webhook, webhook::Form form,
                       const Fault& fault, std::string_view members = {});
/// What the API answers of a webhook that was written: v1's members of the guide's examples, or v5's id.
std::string written_text(const Account& account, const StoredWebhook& stored, webhook::Form form,
                         const Fault& fault);

}  // namespace hookferry::sandbox
