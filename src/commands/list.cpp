#include <algorithm>

#include <boost/json/value.hpp>

#include "commands/source.hpp"
#include "core/files.hpp"
#include "core/layout.hpp"
#include "json/build.hpp"
#include "region/rewrites.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::commands {
namespace {

std::vector<webhook::Webhook> webhooks_of(Context& context, const std::string& name) {
  if (!accounts::is_file_source(name, context.config, context.regions))
    return list_account(context, open_account(context, name, accounts::Side::only),
                        [](const webhook::Webhook&) { return false; });
  return webhook::read_webhooks(read_file(name, "the webhooks of"), name == "-" ? "standard input" : name);
}

boost::json::object row_of(const webhook::Webhook& webhook) {
  boost::json::object out{{"id", json::or_null(webhook.id)},
                          {"type", json::or_null(webhook::type_of(webhook))},
                          {"alias", json::or_null(secrets::mask_alias(webhook.identity.alias))},
                          {"host", json::or_null(host_of(webhook))}};
  if (!webhook.defect.empty()) out["defect"] = webhook.defect.str();
  return out;
}

std::string table_of(std::vector<Cells> rows, bool color) {
  rows[0] = {"ID", "TYPE", "ALIAS", "HOST"};
  for (auto& row : rows) std::ranges::replace(row, std::string(), "-");
  auto out = in_fitting_columns(std::move(rows), cli::page_width());
  if (color) out.insert(out.find('\n'), "\x1b[0m").insert(0, "\x1b[1m");
  return out;
}

}  // namespace

std::string host_of(const webhook::Webhook& webhook) {
  const auto document = json::Document::over(webhook.text.view());
  const auto url = document.root().find("url");
  const auto text = secrets::mask_text(url ? url->string() : std::string());
  const auto hosts = region::find_hosts(text);
  return hosts.empty() ? std::string() : text.substr(hosts[0].begin, hosts[0].end - hosts[0].begin);
}

Exit run_list(Context& context) {
  const auto rows = report::array_of(select(context, webhooks_of(context, context.arguments[0])), row_of);
  const auto format = context.options.format;
  const auto cells = report::cells_of(rows, {"id", "type", "alias", "host"});
  context.put(format == cli::Format::json  ? report::json_output(rows)
              : format == cli::Format::tsv ? tab_separated(cells)
                                           : table_of(cells, context.color()));
  return Exit::done;
}

}  // namespace hookferry::commands
