#include "commands/context.hpp"

#include <unistd.h>

#include <algorithm>

#include <boost/algorithm/string/replace.hpp>

#include "core/files.hpp"
#include "core/text.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::commands {

std::vector<webhook::Webhook> SourceCache::get(const std::string& name, const Read& read) {
  std::promise<std::vector<webhook::Webhook>> mine;
  std::unique_lock lock(mutex_);
  const auto [place, is_first] = readings_.emplace(name, mine.get_future().share());
  const auto reading = place->second;
  lock.unlock();
  if (is_first) {
    try {
      mine.set_value(read());
    } catch (...) {
      mine.set_exception(std::current_exception());
    }
  }
  return reading.get();
}

namespace {

accounts::ConfigEntry setting(const accounts::AccountPlace& place, const std::string& name) {
  if (place.section == nullptr) return {};
  const auto found = place.section->find(name);
  return found == place.section->end() ? accounts::ConfigEntry() : found->second;
}

/// The command line goes first, then the account's section, then [defaults].
bool from_section(const Context& context, const accounts::AccountPlace& place, const std::string& name) {
  return !context.is_given(name) && !setting(place, name).value.empty();
}

}  // namespace

bool Context::is_given(std::string_view option) const {
  return std::ranges::any_of(
      settings, [&](const cli::Setting& setting) { return setting.given && setting.is(option); });
}

accounts::KeyReading Context::key_reading() {
  return {common.standard_input_key, [this](const std::string& text) { warn(text); },
          [this](const std::string& line) { tell_all(line); }, accounts::secret_variables(config)};
}

void Context::tell_all(const std::string& text) const {
  const auto prefix = label.empty() ? std::string() : label + ": ";
  common.console.line(prefix + boost::replace_all_copy(text, "\n", "\n" + prefix));
}

void Context::note(const std::string& text) const {
  if (!options.quiet) tell_all(text);
}

void Context::warn(const std::string& text) const {
  if (!options.quiet) return warn_always(text);
  warnings.push_back(common.console.without_keys(text));
}

void Context::warn_always(const std::string& text) const {
  warnings.push_back(common.console.without_keys(text));
  tell_all(cli::Console::on_screen("hookferry: warning: " + warnings.back()));
}

void Context::tell(int level, const std::string& text) const {
  if (options.verbosity >= level && !options.quiet) tell_all(text);
}

void Context::put(const std::string& text) const {
  if (captured != nullptr)
    captured->text += text;
  else
    common.console.out(text);
}

void Context::set_known(const boost::json::object& members) const {
  if (!wants_json()) return;
  auto& known = captured != nullptr ? captured->known : common.known;
  for (const auto& [name, value] : members) known[name] = value;
}

void Context::show(const std::string& text) const {
  if (!options.quiet) put(text);
}

cli::Progress& Context::progress() const {
  return !options.quiet && label.empty() ? common.progress : common.no_progress;
}

bool Context::color() const {
  if (options.color != cli::Color::automatic) return options.color == cli::Color::always;
  return cli::understands_escapes(STDOUT_FILENO) && environment("NO_COLOR").empty();
}

std::unique_ptr<net::Client> Context::make_client(const accounts::AccountPlace& place) {
  if (!executor) {
    interrupts.listen();
    executor = std::make_unique<net::Executor>(interrupts);
  }
  net::ClientOptions out;
  out.timeout = options.timeout;
  out.max_response = options.max_response;
  out.user_agent = "hookferry/" + std::string(program_version);
  out.ca_file = from_section(*this, place, "ca-file") ? setting(place, "ca-file").value : options.ca_file;
  // The key goes with its certificate, from wherever that comes.
  const bool own = from_section(*this, place, "client-cert") ||
                   (options.client_cert.empty() && from_section(*this, place, "client-key"));
  out.client_cert = own ? setting(place, "client-cert").value : options.client_cert;
  out.client_key = own ? setting(place, "client-key").value : options.client_key;
  const auto proxy = setting(place, "proxy");
  const bool own_proxy = from_section(*this, place, "proxy");
  auto chosen = net::choose_proxy(place.endpoint, own_proxy ? proxy.value : options.proxy,
                                  own_proxy ? printable(proxy.origin) + ": proxy" : "--proxy", environment);
  if (place.endpoint.tls) out.proxy = std::move(chosen);  // without TLS the proxy would read the key
  for (const auto& secret : transform::secrets_of(overlay)) out.secrets.emplace_back(secret);
  out.rate_limiter = common.rate_limiter;
  out.shared_tls = common.tls;
  // Servers put what they refuse, cookies and the like into headers.
  if (options.verbosity > 0)
    out.trace = [this](int level, const std::string& line) {
      const bool is_header = line.starts_with("< ") && line.find(": ") != std::string::npos;
      tell(level, is_header ? "< " + secrets::mask_header(line.substr(2)) : line);
    };
  return std::make_unique<net::Client>(*executor, std::move(out));
}

}  // namespace hookferry::commands
