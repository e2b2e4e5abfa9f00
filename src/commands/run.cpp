#include <fcntl.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <exception>
#include <filesystem>
#include <new>
#include <utility>

#include <fmt/format.h>

#include "cli/help.hpp"
#include "commands/source.hpp"
#include "core/files.hpp"
#include "core/text.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::commands {
namespace {

constexpr ReadLimit regions_limit{std::size_t{16} << 20, Cause::configuration};

constexpr std::pair<std::string_view, Exit (*)(Context&)> functions[] = {
    {"list", run_list},
    {"export", run_export},
    {"terraform", run_terraform},
    {"transform", run_transform},
    {"diff", run_diff},
    {"migrate", run_migrate},
    {"import", run_import},
    {"mirror", run_migrate},
    {"apply", run_apply},
    {"show", run_show},
    {"fleet", run_fleet},
    {"undo", run_undo},
    {"runs", run_runs},
    {"ids", run_ids},
    {"rewire", run_rewire},
    {"check", run_check},
    {"test", run_test},
    {"accounts", run_accounts},
    {"regions", run_regions},
    {"sandbox", run_sandbox_command},
    {"completion", run_completion},
    {"help", run_help},
    {"version", run_version},
};

/// Region options can only be checked once there is a region table; a bad one is told like any other value.
void require_known_regions(const cli::CommandSpec& command, const Context& context) {
  const auto& settings = context.settings;
  for (const auto* option : command.options) {
    if (option->argument != "REGION") continue;
    const auto last = std::ranges::find(settings.rbegin(), settings.rend(), option, &cli::Setting::option);
    if (last == settings.rend()) continue;
    accounts::find_region(last->value, context.regions, last->origin, last->refused);
  }
}

/// Carries out the command and writes --metrics, whatever ends it.
Exit with_metrics(Context& context, Exit (*carry_out)(Context&)) {
  const auto& path = context.options.metrics;
  if (path.empty()) return carry_out(context);
  const auto began = std::chrono::steady_clock::now();
  auto exit = Exit::incomplete;
  std::exception_ptr ended_by;
  try {
    exit = carry_out(context);
  } catch (const Failure& failure) {
    exit = failure.cause;
    ended_by = std::current_exception();
  } catch (...) {
    ended_by = std::current_exception();
  }
  if (auto& result = context.results[0]; result.name.empty()) {  // else it is a pair's
    result.exit = exit;
    result.duration = duration_since(began);
  }
  try {
    write_file(path, report::render_metrics(context.results, now_ms() / 1000));
    // They hold no secret, and a collector runs as another user.
    if (std::filesystem::is_regular_file(path))
      std::filesystem::permissions(path, static_cast<std::filesystem::perms>(0644));
  } catch (const Failure& unwritten) {
    if (!ended_by) throw;
    context.warn(line_of(unwritten));
  }
  if (ended_by) std::rethrow_exception(ended_by);
  return exit;
}

Exit run_command(const std::string& command_name, const std::vector<std::string>& arguments, Common& common) {
  const auto& command = cli::command_named(command_name);
  const auto parsed = cli::parse_arguments(arguments, command.options, command_name);
  Context context(common);
  context.command = command_name;
  context.arguments = parsed.positionals;
  if (parsed.help) {
    context.arguments = {context.command};
    return run_help(context);
  }
  const auto usage = "usage: hookferry " + command.usage();
  const auto given = context.arguments.size();
  if (given < command.least || given > command.most) {
    const auto wanted = given < command.least ? command.least : command.most;
    const auto bound = command.least == command.most ? "" : given < command.least ? "at least " : "at most ";
    throw Failure(Cause::usage,
                  wanted == 0 ? command_name + " takes no arguments"
                              : fmt::format("{} takes {}{} ({}), got {}", command_name, bound,
                                            plural(wanted, "argument"), command.arguments, given),
                  usage);
  }
  if (std::ranges::find(context.arguments, "") != context.arguments.end())
    throw Failure(Cause::usage, command_name + ": an argument is empty", usage);
  const auto carry_out =
      std::ranges::find(functions, command.name, [](const auto& row) { return row.first; })->second;
  // Twice: --config says where the defaults are that the other options may replace.
  context.options = cli::options_of(command_name, parsed.given);
  if (command_name == "help" || command_name == "version")  // a broken configuration is no reason to fail
    return carry_out(context);
  common.config = accounts::load_config(context.options.config, cli::configuration_names());
  for (const auto& [account, entries] : common.config.accounts)
    for (const auto& [name, entry] : entries) common.console.hide_if_key(entry.value);
  for (const auto& [name, entry] : common.config.defaults) common.console.hide_if_key(entry.value);
  for (const auto& pair : common.config.pairs)
    for (const auto& [name, entry] : pair.options) common.console.hide_if_key(entry.value);
  context.settings = cli::settings_of(command_name, parsed.given, context.config);
  context.options = cli::options_of(command_name, context.settings);
  common.wants_json = context.wants_json();
  context.set_known(report::json_of(scope_of(context)));
  for (const auto& warning : context.config.warnings) context.warn(warning);
  const auto& regions = context.options.regions;
  common.regions =
      regions.empty()
          ? region::RegionTable::builtin()
          : region::RegionTable::parse(
                read_private(regions, "the region table", regions_limit, Cause::configuration), regions);
  require_known_regions(command, context);
  if (command.takes("overlay")) context.overlay = read_overlays(context);
  if (context.options.rate > 0)
    common.rate_limiter = std::make_shared<net::RateLimiter>(context.options.rate);
  return with_metrics(context, carry_out);
}

Exit dispatch(std::vector<std::string> arguments, Common& common) {
  for (const auto& argument : arguments)
    common.console.hide_if_key(argument.starts_with("--") ? argument.substr(argument.find('=') + 1)
                                                          : argument);
  if (arguments.empty()) throw Failure(Cause::usage, "no command given", "see hookferry help");
  if (arguments[0] == "complete") {  // hidden: what the shells' completion asks
    write_stdout(answer_completion({arguments.begin() + 1, arguments.end()}));
    return Exit::done;
  }
  if (arguments[0] == "manual") {  // hidden: what the build makes hookferry.1 of
    write_stdout(cli::manual_page());
    return Exit::done;
  }
  auto others = arguments;
  const auto versions = std::erase_if(
      others, [](const std::string& argument) { return argument == "--version" || argument == "-V"; });
  if (versions > 0) {
    const bool has_command = cli::command_place(others) < others.size();
    return run_command("version", has_command ? std::vector<std::string>() : others, common);
  }
  const auto place = cli::command_place(arguments);
  const auto is_help = [](const std::string& argument) { return argument == "--help" || argument == "-h"; };
  if (place == arguments.size()) {
    if (std::any_of(arguments.begin(), arguments.end(), is_help)) return run_command("help", {}, common);
    throw Failure(Cause::usage, "no command given", "see hookferry help");
  }
  const auto command = arguments[place];
  arguments.erase(arguments.begin() + static_cast<std::ptrdiff_t>(place));
  return run_command(command, arguments, common);
}

/// Says what ended the command: on standard error and, with --format json, in a document.
int end_with(const Failure& failure, const Common& common) {
  auto& console = common.console;
  if (dynamic_cast<const Declined*>(&failure) != nullptr)
    console.line("hookferry: " + std::string(failure.what()));
  else
    console.error(line_of(failure));
  if (common.wants_json && !console.has_output()) {
    try {
      console.out(report::json_output(report::error_document(common.error_text(failure), common.known)));
    } catch (const Failure&) {
      // Standard output is closed or full. The exit code says what ended the command.
    }
  }
  return static_cast<int>(failure.cause);
}

}  // namespace

int run(const std::vector<std::string>& arguments) try {
  // A write to a closed pipe or socket, or beyond the largest file allowed, is an error like others.
  std::signal(SIGPIPE, SIG_IGN);
  std::signal(SIGXFSZ, SIG_IGN);
  // Standard descriptors that are closed are opened in such a way that using them is an error as before.
  // Otherwise the next file or socket would take that number, and standard output would go into it.
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest that is free is taken: just this one.
    const int held = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (held > fd) ::close(held);
  }
  cli::Console console;
  Interrupts interrupts;
  Common common(interrupts, console);
  // For failures before the arguments are read.
  common.wants_json = !std::ranges::search(arguments, std::array{"--format", "json"}).empty() ||
                      std::ranges::find(arguments, "--format=json") != arguments.end();
  common.command_line = "hookferry";
  for (const auto& argument : arguments)
    common.command_line += " " + printable(secrets::mask_argument(argument));
  try {
    return static_cast<int>(dispatch(arguments, common));
  } catch (const ReaderGone& gone) {
    return static_cast<int>(gone.cause);
  } catch (const Failure& failure) {
    return end_with(failure, common);
  } catch (const std::bad_alloc&) {
    return end_with({Cause::incomplete, "out of memory", "lower --max-response or give the process more"},
                    common);
  } catch (const std::exception& error) {
    return end_with({Cause::incomplete, "internal error: " + printable_excerpt(error.what(), 300),
                     "please report it with the command that you ran"},
                    common);
  }
} catch (const Failure& failure) {  // the process has no descriptor left
  cli::Console().error(line_of(failure));
  return static_cast<int>(failure.cause);
}

std::string what_to_try(const Failure& failure) {
  // In the order of Remedy.
  constexpr std::array<std::string_view, 10> remedies = {
      "",
      "--ca-file names a certificate authority of one's own, --client-cert a certificate where the "
      "server asks for one",
      "name a file with --ca-file",
      "name it with --client-cert",
      "check the proxy (--proxy, the section's proxy, HTTPS_PROXY): user and password stand in its "
      "URL, NO_PROXY names hosts that need none",
      "raise --max-response if the account really holds that much",
      "where it happens again, lower --concurrency",
      "name another file with --ledger",
      "if they were deleted by someone: --accept-shrunk",
      "make it anew with hookferry diff --out"};
  static_assert(remedies.size() == static_cast<std::size_t>(Remedy::plan_anew) + 1);
  const std::string remedy(remedies.at(static_cast<std::size_t>(failure.remedy)));
  return failure.hint.empty() || remedy.empty() ? failure.hint + remedy : failure.hint + "; " + remedy;
}

std::string line_of(const Failure& failure) {
  const auto hint = what_to_try(failure);
  return failure.what() + (hint.empty() ? std::string() : " - " + hint);
}

}  // namespace hookferry::commands
