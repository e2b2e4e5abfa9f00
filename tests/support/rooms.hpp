// Tests use the names of all rooms of src/ as they are.
#pragma once

#include <ostream>

#include "core/bulk.hpp"

namespace hookferry::accounts {}
namespace hookferry::api {}
namespace hookferry::cli {}
namespace hookferry::commands {}
namespace hookferry::delivery {}
namespace hookferry::ledger {}
namespace hookferry::plan {}
namespace hookferry::region {}
namespace hookferry::report {}
namespace hookferry::secrets {}
namespace hookferry::transform {}
namespace hookferry::webhook {}

namespace hookferry {
using namespace accounts;
using namespace api;
using namespace cli;
using namespace commands;
using namespace delivery;
using namespace ledger;
using namespace plan;
using namespace region;
using namespace report;
using namespace secrets;
using namespace transform;
using namespace webhook;

inline std::ostream& operator<<(std::ostream& out, const RareText& text) { return out << text.str(); }
}  // namespace hookferry
