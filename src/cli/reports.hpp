// --report: the page or the Markdown of what was planned or done.
#pragma once

#include <optional>

#include "cli/stages.hpp"
#include "core/failure.hpp"
#include "report/report.hpp"

namespace hookferry {

/// Both ends with all that is known of them by now.
Route route_of(const Source& source, const OpenAccount& destination);
RouteEnd route_end_of(const OpenAccount& account);

/// Failure(cannot_write) before anything is done, where --report could not be written for want of its folder.
void require_report_folder(const Context& context);

/// Writes --report, where it is given. What was done must be told first, so that a Failure is returned.
std::optional<Failure> write_report(const Context& context, const std::function<Report()>& make);

}  // namespace hookferry
