// Plans and outcomes for programs: the form of the contract. Pure.
#pragma once

#include <optional>
#include <string>

#include "migration/outcome.hpp"
#include "migration/plan.hpp"
#include "report/text_report.hpp"

namespace hookferry {

/// {"source","destination","summary":{create, update, unchanged, conflict, invalid, extra,
/// failed},"rewritten":{hosts, webhooks},"webhooks":[{"alias","type",
/// "action","source_id","destination_id","changes":[{"path","old","new"}],"warnings"}]}. With an outcome,
/// "action" is what was done, "error" says why not, and "ledger" and "not_as_planned" are there too.
/// `changes` of a create have `"old": null`.
std::string plan_json(const Plan& plan, const Outcome* outcome, const Route& route, const std::string& ledger,
                      bool show_secrets);

}  // namespace hookferry
