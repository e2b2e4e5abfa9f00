// The results of a fleet's pairs, as a table and as JSON. Pure.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include <boost/json/object.hpp>

#include "core/failure.hpp"
#include "report/report.hpp"

namespace hookferry::report {

struct PairResult {
  std::string name, source, dest;
  Exit exit = Exit::done;
  std::string error;               ///< what ended it, with what to try; a safe line
  std::optional<Summary> summary;  ///< of its plan or outcome; nothing where it did not get that far
  std::optional<boost::json::object> report;  ///< what it would have printed with --format json

  std::size_t count(std::string_view action) const;  ///< of the summary
  std::size_t changes() const { return count("create") + count("update") + count("delete"); }
};

/// One row for each pair, and below them what ended pairs early. `planned`: the pairs were planned and not
/// executed.
std::string render_fleet(const std::vector<PairResult>& results, bool planned);

/// An array of what each pair would have printed with --format json, with "pair" and "exit" before it, and
/// with "error" where something ended it.
std::string render_fleet_json(const std::vector<PairResult>& results);

}  // namespace hookferry::report
