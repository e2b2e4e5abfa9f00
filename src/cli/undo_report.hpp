// What an undo is going to do and has done, in words and as JSON. Pure: lines are safe to print.
#pragma once

#include <string>
#include <vector>

#include "run/plan_work.hpp"

namespace hookferry {

std::string undo_plan_text(const UndoPlan& plan);
std::string undo_outcome_text(const UndoPlan& plan, const UndoOutcome& outcome);

/// One object; `destination` as the user calls it.
///   of a plan:    {"destination","delete","restore","make_again","already","left":[…]}
///   of an outcome {"destination","deleted","restored","made_again":[{"alias","type","old_id","new_id"}],
///                  "already","left":[…],"failed":[…],"not_as_planned":[…]}
std::string undo_plan_json(const UndoPlan& plan, const std::string& destination);
std::string undo_outcome_json(const UndoPlan& plan, const UndoOutcome& outcome,
                              const std::string& destination);

}  // namespace hookferry
