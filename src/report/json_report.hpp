// Plans and outcomes for programs: the form of the contract. Pure. docs/schema/ describes it.
#pragma once

#include <boost/json/fwd.hpp>
#include <string>
#include <vector>

#include "report/report.hpp"

namespace hookferry {

/// What any command prints as JSON: laid out, safe for a terminal.
std::string json_output(const boost::json::value& made);

// clang-format off
/// A plan, or what was carried out of it:
///   {"source", "destination",
///    "accounts": {"source": {"name", "region", "url", "company_id"}, "destination": {…}},
///    "summary": {"create", …},
///    "rewritten": {"hosts", "webhooks"},
///    "webhooks": [{"alias", "type", "action", "source_id", "destination_id",
///                  "changes": [{"path", "old", "new"}], "warnings", "error"}]}
/// Once it was carried out, "action" is what was done, and there are "ledger" and "not_as_planned" besides.
/// Values in "changes" keep their text to the byte.
// clang-format on
std::string render_json(const Report& report);

// clang-format off
/// The undo of runs:
///   {"accounts": {"destination": …}, "deleted", "restored",
///    "made_again": [{"alias", "type", "old_id", "new_id"}],
///    "already", "left": [{"alias", "type", "id", "reason"}], "failed": […], "not_tried", "not_as_planned",
///    "webhooks": [{…, "changes"}], "ledger"}
/// A plan has the counts "delete", "restore" and "make_again" in the place of what was done. Several undos are an
/// array of these objects.
// clang-format on
std::string render_undo_json(const std::vector<Report>& reports);

}  // namespace hookferry
