// What became of a fleet's pairs, as a table and as JSON. Pure.
#pragma once

#include <string>
#include <vector>

#include "cli/fleet.hpp"

namespace hookferry {

/// A row a pair, with what ended those that did not come to their end below them. `planned`: of plans that
/// were not carried out.
std::string fleet_table(const std::vector<PairResult>& results, bool planned);

/// An array of what each pair would have printed with --format json, with "pair" and "exit" before it, and
/// with "error" where something ended it.
std::string fleet_json(const std::vector<PairResult>& results);

}  // namespace hookferry
