#include "cli/reports.hpp"

#include <ctime>
#include <filesystem>

#include "core/clock.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"
#include "core/version.hpp"
#include "report/html_report.hpp"
#include "report/markdown_report.hpp"

namespace hookferry {
RouteEnd route_end_of(const OpenAccount& account) {
  RouteEnd out;
  out.name = account.place.label;
  if (account.place.region != nullptr) out.region = account.place.region->code;
  out.url = account.place.endpoint.url();
  out.company = account.identity.company;
  return out;
}

Route route_of(const Source& source, const OpenAccount& destination) {
  Route out{source.name, destination.place.label, {}, route_end_of(destination)};
  if (source.account) {
    out.source_account = route_end_of(*source.account);
    return out;
  }
  out.source_account.name = source.name;
  if (source.region != nullptr) out.source_account.region = source.region->code;
  return out;
}

void require_report_folder(const Context& context) {
  const std::filesystem::path path = context.options.report;
  const auto folder = path.parent_path();
  std::error_code failed;
  if (path.empty() || folder.empty() || std::filesystem::is_directory(folder, failed)) return;
  throw Failure(Cause::cannot_write,
                "--report: there is no folder " + printable(folder.string()) + "; nothing was changed",
                "make it, or name another file");
}

std::optional<Failure> write_report(const Context& context, const std::function<Report()>& make) {
  const auto& path = context.options.report;
  if (path.empty()) return std::nullopt;
  auto report = make();
  report.command = context.command;
  report.made_at = utc_text(std::time(nullptr), "%Y-%m-%d %H:%M UTC");
  report.made_by = "hookferry " + std::string(version);
  try {
    write_file(path, path.ends_with(".md") ? render_markdown(report) : render_html(report));
    context.note("Report: " + printable(path));
  } catch (const Failure& failure) {
    return failure;
  }
  return std::nullopt;
}

}  // namespace hookferry
