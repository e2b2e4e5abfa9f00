#include <boost/json/value.hpp>

#include "commands/source.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "secrets/secrets.hpp"
#include "webhook/differences.hpp"
#include "webhook/kinds.hpp"

namespace hookferry::commands {
namespace {

/// The alias as a GLOB that matches nothing else.
std::string exact_glob(const std::string& alias) {
  std::string out;
  for (const char c : alias) {
    if (std::string_view("*?[]\\").find(c) != std::string_view::npos) out += '\\';
    out += c;
  }
  return out;
}

/// The rules that restore what was redacted, with a variable for each different value.
class RestoringOverlay {
 public:
  explicit RestoringOverlay(const Context& context) : context_(context) {}

  void add(const webhook::Webhook& original, const webhook::Webhook& redacted) {
    if (!original.defect.empty()) return;
    boost::json::object set;
    const auto document = json::Document::over(redacted.text.view());
    for (const auto& difference : webhook::differences(&original, redacted)) {
      const auto value = webhook::value_at(document.root(), difference.path);
      // A variable holds a text. What is not one is set with the whole member that it is in.
      const bool is_text = value && value->starts_with('"') && difference.before;
      const auto path = is_text ? difference.path : difference.path.substr(0, difference.path.find('/', 1));
      const auto before = webhook::value_at(json::Document::over(original.text.view()).root(), path);
      if (!before) continue;
      const auto [variable, is_new] = variables_.emplace(*before, variables_.size() + 1);
      set[path] = boost::json::object{{"env", "WEBHOOK_SECRET_" + std::to_string(variable->second)}};
    }
    if (set.empty()) return;
    const auto [known, is_new] = rules_.emplace(original.identity, set);
    if (!is_new && known->second != set)
      context_.warn(webhook::describe(original) +
                    ": other webhooks share its alias and type, so the overlay cannot restore it");
  }

  void write(const std::string& file) const {
    boost::json::array out;
    for (const auto& [identity, set] : rules_)
      out.push_back(
          {{"alias", exact_glob(identity.alias)}, {"type", webhook::type_name(identity.type)}, {"set", set}});
    write_file(file, json::pretty(out) + "\n");
    context_.note("Wrote an overlay with " + plural(variables_.size(), "variable") + " to " +
                  printable(file));
  }

 private:
  const Context& context_;
  std::map<std::string, std::size_t> variables_;
  std::map<webhook::Identity, boost::json::object> rules_;
};

void redact(const Context& context, std::vector<webhook::Webhook>& webhooks) {
  auto form = webhook::Form::v1;
  secrets::Redaction redaction(
      [&](std::string_view name) { return webhook::is_kept_when_redacted(name, form); });
  RestoringOverlay overlay(context);
  const auto& file = context.options.overlay_out;
  for (auto& webhook : webhooks) {
    form = webhook.form;
    const auto original = webhook;
    webhook.text = SharedText(redaction.redact(webhook.text.view()));
    webhook.digest.reset();
    if (!file.empty()) overlay.add(original, webhook);
  }
  context.note("Redacted " + plural(redaction.secrets(), "distinct secret") + ".");
  if (!file.empty()) overlay.write(file);
}

}  // namespace

Exit run_export(Context& context) {
  if (!context.options.overlay_out.empty() && !context.options.redact)
    throw Failure(Cause::usage, "--overlay-out restores what --redact hides, and --redact is not given",
                  "add --redact");
  const auto account = open_account(context, context.arguments[0], accounts::Side::only);
  auto webhooks = select(context, list_account(context, account, [&](const auto& listed) {
                           return selected(context.options, listed);
                         }));
  if (context.options.redact) redact(context, webhooks);
  write_file(context.options.output, [&](const Write& write) {
    webhook::WebhooksWriter writer(write);
    writer.add(webhooks);
    writer.end();
  });
  if (context.options.output != "-")
    context.note("Wrote " + plural(webhooks.size(), "webhook") + " to " + printable(context.options.output));
  return Exit::done;
}

}  // namespace hookferry::commands
