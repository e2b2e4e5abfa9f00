#include "commands/source.hpp"

#include <unistd.h>

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "api/v1/webhooks_api.hpp"
#include "api/v5/outgoing_webhooks.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::commands {
namespace {

accounts::AccountPlace place_of(const Context& context, const std::string& name, accounts::Side side) {
  const auto& options = context.options;
  return accounts::find_account(name,
                                side == accounts::Side::source        ? options.source_region
                                : side == accounts::Side::destination ? options.dest_region
                                                                      : "",
                                context.config, context.regions);
}

accounts::ApiChoice api_of(const cli::Options& options, accounts::Side side,
                           const accounts::AccountPlace& place, accounts::ApiChoice recorded) {
  const auto& given = side == accounts::Side::source        ? options.source_api
                      : side == accounts::Side::destination ? options.dest_api
                                                            : options.api;
  return given.value_or(recorded != accounts::ApiChoice::automatic ? recorded : place.choice);
}

void add_own_rewrites(const cli::Options& options, region::HostRewrites& out) {
  for (const auto& [old_host, new_host] : options.rewrite_hosts) out.add(old_host, new_host);
  for (const auto& [from, to] : options.rewrite_prefixes) out.add_prefix(from, to);
}

/// Without both regions nothing is rewritten but by the user's own rules, and that must not go unnoticed.
void require_no_service_hosts(const std::vector<webhook::Webhook>& webhooks, const Context& context,
                              bool of_source) {
  region::HostRewrites own;
  add_own_rewrites(context.options, own);
  for (const auto& webhook : webhooks) {
    const auto left = transform::service_hosts(webhook, context.regions, own);
    if (left.empty()) continue;
    throw Failure(Cause::usage,
                  "the region of the " + std::string(of_source ? "source" : "destination") +
                      " is not known, and " + webhook::describe(webhook) + " points at " +
                      printable(left.front()) + "; nothing was changed",
                  std::string("name it with --") + (of_source ? "source" : "dest") +
                      "-region, or leave hosts as they are with --no-rewrite");
  }
}

std::string key_name(const std::string& account, accounts::Side side) {
  return accounts::name_of(side) + " " + account;
}
std::string sendlog_name(const accounts::AccountPlace& place) { return "sendlog " + place.account.name; }

Secret key_of(Context& context, const std::string& name, accounts::Side side,
              const accounts::AccountPlace& place) {
  accounts::KeySources sources{accounts::key_order(context.command, side), place.section};
  for (auto& source : sources.order) {
    if (source.name == "source-key-file") source.path = context.options.source_key_file;
    if (source.name == "dest-key-file") source.path = context.options.dest_key_file;
    if (source.name == "key-file") source.path = context.options.key_file;
  }
  return accounts::read_key(sources, accounts::name_of(side) + " (" + printable(name) + ")",
                            context.key_reading());
}

Secret sendlog_key_of(Context& context, const accounts::AccountPlace& place) {
  return accounts::read_section_secret(*place.section, "sendlog-private-key", context.key_reading());
}

/// A preloaded key, or else what `read` returns.
Secret preloaded_or(Context& context, const std::string& name, const std::function<Secret()>& read) {
  const auto found = context.common.keys.find(name);
  if (found == context.common.keys.end()) return read();
  if (const auto* failure = std::get_if<Failure>(&found->second)) throw Failure(*failure);
  const auto& [key, warnings] = std::get<PreloadedKey>(found->second);
  context.warnings.insert(context.warnings.end(), warnings.begin(), warnings.end());
  return key;
}

/// A file where an account is to be, more often than not in the other one's place.
void require_no_file(const Context& context, const std::string& name, accounts::Side side) {
  const bool account = is_named(context, name) || name.find("://") != std::string::npos;
  if (side != accounts::Side::destination || account || context.arguments.size() != 2 ||
      !(name == "-" || name.ends_with(".json") || is_there(name)))
    return;
  const auto& first = context.arguments.front();
  throw Failure(Cause::usage,
                printable_excerpt(name, 80) + " is a file, and " + context.command + " writes to an account",
                "the source comes first: hookferry " + context.command + " " + printable_excerpt(name, 80) +
                    " " + printable_excerpt(secrets::mask_argument(first), 80));
}

/// `label` names the account in messages.
api::Session session_at(Context& context, const OpenAccount& account, const net::Endpoint& endpoint,
                        const std::string& label) {
  const auto tell = [&context](const std::string& line) {
    context.progress().reason(line);
    context.tell(1, line);
  };
  return {*account.client, {label, endpoint, account.key}, context.options.retries, tell};
}

void find_region_of_file(const Context& context, Source& source) {
  const auto& region = context.options.source_region;
  if (region.empty()) return;
  source.region = &accounts::find_region(region, context.regions, "--source-region");
  source.account.region = source.region->code;
}

std::vector<webhook::Webhook> list(const Context& context, const OpenAccount& account,
                                   const api::AccountApi::Needed& needed) {
  context.progress().stage("reading " + printable(account.account.name));
  context.progress().reason("");
  auto webhooks = account.api->list(api::AccountApi::Purpose::take, needed);
  context.progress().stop();
  return webhooks;
}

void warn_of_none(const Context& context, const OpenAccount& account,
                  const std::vector<webhook::Webhook>& webhooks) {
  if (webhooks.empty())
    context.warn(printable(account.account.name) +
                 " has no webhooks; this usually means a wrong key or an outage");
}

Failure one_account() {
  return {Cause::usage, "source and destination are one and the same account; nothing was changed",
          "name two accounts, or give each side its own key"};
}

}  // namespace

void preload_keys(Context& context, const std::string& name, accounts::Side side) {
  const auto preload = [&](const std::string& preloaded, const std::function<Secret()>& read) {
    auto& keys = context.common.keys;
    if (keys.contains(preloaded)) return;
    const auto warned = static_cast<std::ptrdiff_t>(context.warnings.size());
    try {
      auto key = read();
      keys.emplace(preloaded,
                   PreloadedKey{std::move(key), {context.warnings.begin() + warned, context.warnings.end()}});
    } catch (const Failure& failure) {
      if (failure.cause == Cause::interrupted) throw;
      keys.emplace(preloaded, failure);
    }
  };
  const auto place = place_of(context, name, side);
  preload(key_name(name, side), [&] { return key_of(context, name, side, place); });
  if (place.section != nullptr && side == accounts::Side::destination)
    preload(sendlog_name(place), [&] { return sendlog_key_of(context, place); });
}

bool is_named(const Context& context, const std::string& name) {
  return context.config.accounts.contains(name) || context.regions.find(name) != nullptr;
}

OpenAccount open_account(Context& context, const std::string& name, accounts::Side side,
                         accounts::ApiChoice recorded) {
  require_no_file(context, name, side);
  OpenAccount out{place_of(context, name, side), {}, {}, {}};
  out.key = preloaded_or(context, key_name(name, side), [&] { return key_of(context, name, side, out); });
  const auto choice = out.choice = api_of(context.options, side, out, recorded);
  if (choice == accounts::ApiChoice::v5) out.endpoint = out.newer_endpoint;
  out.account.url = out.endpoint.url();
  // The company is known once the account is read.
  auto& identity = out.account.identity;
  identity.server = accounts::server_of(out.endpoint, context.regions);
  identity.key = ledger::key_digest(identity.server, out.key.reveal());
  out.client = context.make_client(out);
  // Two accounts may have one address, and each has its own key.
  const auto label = context.arguments.size() == 2 || context.command == "apply"
                         ? accounts::name_of(side) + " " + out.account.name
                         : out.account.name;
  const auto session = [&](const net::Endpoint& endpoint) {
    return session_at(context, out, endpoint, label);
  };
  if (choice != accounts::ApiChoice::v5) out.api = std::make_unique<api::WebhooksApi>(session(out.endpoint));
  if (choice == accounts::ApiChoice::v1) return out;
  auto newer =
      std::make_unique<api::OutgoingWebhooks>(session(out.newer_endpoint), context.options.concurrency);
  if (choice == accounts::ApiChoice::v5)
    out.api = std::move(newer);
  else
    out.api = api::detected(std::move(out.api), std::move(newer));
  return out;
}

std::unique_ptr<api::OutgoingWebhooks> newer_api(Context& context, const OpenAccount& account) {
  return std::make_unique<api::OutgoingWebhooks>(
      session_at(context, account, account.newer_endpoint, account.account.name),
      context.options.concurrency);
}

Source open_source(Context& context, const std::string& name) {
  Source out;
  out.account.name = name;
  if (!accounts::is_file_source(name, context.config, context.regions)) {
    out.opened = std::make_unique<OpenAccount>(open_account(context, name, accounts::Side::source));
    out.region = out.opened->region;
    return out;
  }
  const auto& options = context.options;
  if (name == "-" &&
      (options.source_key_file == "-" || options.dest_key_file == "-" || options.key_file == "-"))
    throw Failure(Cause::usage, "standard input cannot hold both the webhooks and a key",
                  "put the key into a file or the environment");
  find_region_of_file(context, out);
  return out;
}

void find_regions(const Context& context, Source& source, OpenAccount& destination) {
  const auto find = [&](OpenAccount& account, accounts::Side side) {
    const auto place = place_of(context, account.account.name, side);
    account.region = place.region;
    account.account.region = place.account.region;
  };
  find(destination, accounts::Side::destination);
  if (!source.opened) return find_region_of_file(context, source);
  find(*source.opened, accounts::Side::source);
  source.region = source.opened->region;
}

std::vector<webhook::Webhook> list_account(const Context& context, const OpenAccount& account,
                                           const api::AccountApi::Needed& needed) {
  auto webhooks = list(context, account, needed);
  warn_of_none(context, account, webhooks);
  return webhooks;
}

std::vector<webhook::Webhook> read_source(Context& context, Source& source, const OpenAccount* destination) {
  const auto& name = source.account.name;
  // An overlay may name any webhook, and pairs that share a source have filters of their own.
  const bool needs_all = !context.overlay.empty() || context.common.sources;
  const auto needed = [&](const webhook::Webhook& listed) {
    return needs_all || selected(context.options, listed);
  };
  bool is_first = false;  // of several pairs that share the source
  const auto read = [&] {
    is_first = true;
    if (source.opened) return list(context, *source.opened, needed);
    return webhook::read_webhooks(read_file(name, "the webhooks of"), name == "-" ? "standard input" : name);
  };
  auto& shared = context.common.sources;
  const auto api = context.options.source_api.value_or(accounts::ApiChoice::automatic);
  auto webhooks = shared ? shared->get(fmt::format("{}\n{}", name, static_cast<int>(api)), read) : read();
  if (source.opened) {
    warn_of_none(context, *source.opened, webhooks);  // in every run that shares what was read
    source.opened->account.identity.company = ledger::company_of(webhooks);
    auto& account = source.opened->account;
    const auto form = is_first           ? source.opened->api->form()
                      : webhooks.empty() ? webhook::Form::v1
                                         : webhooks.front().form;
    account.api = name_of(form);
    if (form == webhook::Form::v5) account.url = source.opened->newer_endpoint.url() + api::newer_api_path;
    // By v1 alone, no webhook shows that two accounts are one.
    const bool by_v1 = form == webhook::Form::v1 &&
                       (destination == nullptr || destination->api->form() == webhook::Form::v1);
    for (const auto& webhook : webhooks) {
      if (by_v1) break;
      auto& shown = source.shown.emplace_back();
      shown.id = webhook.id;
      shown.uuid = webhook.uuid;
      shown.identity = webhook.identity;
      shown.form = webhook.form;
      shown.created_at = webhook.created_at;
    }
  }
  if (!context.overlay.empty())
    transform::require_places(context.overlay, webhooks,
                              destination != nullptr ? destination->api->form() : context.options.to);
  return webhooks;
}

std::string account_digest(Context& context, const std::string& name, accounts::Side side) {
  const auto place = place_of(context, name, side);
  const auto key =
      preloaded_or(context, key_name(name, side), [&] { return key_of(context, name, side, place); });
  return ledger::key_digest(accounts::server_of(place.endpoint, context.regions), key.reveal());
}

bool has_key_of(const Context& context, const OpenAccount& account, const ledger::Account& then) {
  std::string ignored;
  const auto address = net::parse_url(then.url, ignored);
  return address &&
         ledger::key_digest(accounts::server_of(address->endpoint, context.regions), account.key.reveal()) ==
             then.identity.key &&
         accounts::is_one_server(address->endpoint, account.endpoint, context.regions);
}

void require_two_accounts(const Context& context, const Source& source, const OpenAccount& opened,
                          const ledger::AccountIdentity& destination) {
  if (!source.opened) return;
  const auto& identity = source.opened->account.identity;
  const bool alike = source.opened->key.reveal() == opened.key.reveal() ||
                     (!identity.company.empty() && identity.company == destination.company);
  if (ledger::same_account(identity, destination) ||
      (alike && accounts::is_one_server(source.opened->endpoint, opened.endpoint, context.regions)))
    throw one_account();
}

void require_other_webhooks(const Source& source, const std::vector<webhook::Webhook>& destination) {
  if (!destination.empty() && accounts::show_one_webhook(source.shown, destination)) throw one_account();
}

transform::TransformRules transform_rules(Context& context, const region::Region* source,
                                          const accounts::AccountPlace& destination,
                                          const std::vector<webhook::Webhook>& webhooks) {
  const auto& options = context.options;
  transform::TransformRules out;
  out.regions = &context.regions;
  out.source = source;
  out.destination_region = destination.region;
  out.overlay = context.overlay;
  out.fresh_uuids = options.fresh_uuids;
  out.destination = destination.region != nullptr ? destination.region->code : destination.endpoint.url();
  if (!options.no_rewrite && source != nullptr && destination.region != nullptr)
    out.hosts = region::HostRewrites::between(*source, *destination.region);
  else if (!options.no_rewrite)
    require_no_service_hosts(webhooks, context, source == nullptr);
  add_own_rewrites(options, out.hosts);
  if (destination.section != nullptr) {
    const auto key = preloaded_or(context, sendlog_name(destination),
                                  [&] { return sendlog_key_of(context, destination); });
    if (!key.empty()) out.sendlog_private_key = std::string(key.reveal());
  }
  return out;
}

std::optional<Failure> strict_failure(const Context& context, const std::vector<std::string>& more) {
  const auto count = context.warnings.size() + more.size();
  if (!context.options.strict || count == 0) return std::nullopt;
  const auto& first = context.warnings.empty() ? more.front() : context.warnings.front();
  return Failure(Cause::incomplete,
                 plural(count, "warning") + " with --strict, the first: " + first + "; nothing was changed",
                 "do what they say, or leave --strict out");
}

report::ReportStyle report_style(const Context& context) {
  report::ReportStyle out;
  const auto columns = cli::screen_size(STDOUT_FILENO).columns;
  out.width = columns == 0 ? 80 : std::clamp<std::size_t>(columns, 40, 160);
  out.color = context.color();
  out.show_secrets = context.options.show_secrets;
  out.list_unchanged = context.options.verbosity > 0;
  out.list_all = columns == 0;
  return out;
}

}  // namespace hookferry::commands
