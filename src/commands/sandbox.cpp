#include <cstdlib>
#include <filesystem>

#include <fmt/format.h>
#include <boost/algorithm/string/replace.hpp>

#include "commands/context.hpp"
#include "core/files.hpp"
#include "sandbox/server.hpp"

namespace hookferry::commands {

// Made from configs/sandbox/ at build time.
std::string_view demo_source();
std::string_view demo_destination();

namespace {

namespace fs = std::filesystem;

constexpr std::array<std::array<std::string_view, 2>, 2> demo_accounts = {{{"eu", "eu1"}, {"us", "us1"}}};

/// A folder with two accounts, their keys and a configuration. It is removed with its owner.
class DemoFolder {
 public:
  DemoFolder() {
    auto name = (fs::temp_directory_path() / "hookferry-demo-XXXXXX").string();
    if (::mkdtemp(name.data()) == nullptr)
      throw Failure(Cause::cannot_write, "cannot create a temporary folder",
                    "set TMPDIR to a folder that can be written");
    path_ = name;
    make_directory(path_ / "accounts");
    for (const auto& [account, region] : demo_accounts) {
      // Each demo has its own keys, so that other users of this machine cannot know them.
      const auto key = random_digits(16);
      std::string text(account == "eu" ? demo_source() : demo_destination());
      boost::replace_all(text, std::string(account) + "-sandbox-key", key);
      write_file((path_ / "accounts" / (std::string(account) + ".json")).string(), text);
      write_file(key_file(account), key + "\n");
    }
  }
  ~DemoFolder() {
    std::error_code ignored;
    fs::remove_all(path_, ignored);
  }
  DemoFolder(const DemoFolder&) = delete;
  DemoFolder& operator=(const DemoFolder&) = delete;

  fs::path accounts() const { return path_ / "accounts"; }

  /// Writes the configuration, and returns what to type next.
  std::string begin(const std::string& url, const std::string& certificate) const {
    std::string text;
    for (const auto& [account, region] : demo_accounts)
      text += fmt::format(
          "[{}]\nregion = {}\nurl = {}\napi-key-file = {}\n{}\n", account, region, url, key_file(account),
          certificate.empty() ? "" : "ca-file = " + fs::absolute(certificate).string() + "\n");
    const auto configuration = (path_ / "hookferry.ini").string();
    write_file(configuration, text);
    return fmt::format(
        "The accounts eu and us are served until you press Ctrl-C. In another terminal, paste:\n\n"
        "  export HOOKFERRY_CONFIG={} XDG_STATE_HOME={}\n"
        "  hookferry diff eu us\n"
        "  hookferry migrate eu us\n"
        "  hookferry undo --last\n",
        configuration, (path_ / "state").string());
  }

 private:
  std::string key_file(std::string_view account) const {
    return (path_ / (std::string(account) + ".key")).string();
  }
  fs::path path_;
};

}  // namespace

Exit run_sandbox_command(Context& context) {
  const auto& options = context.options;
  if (options.state.empty() != options.demo)
    throw Failure(Cause::usage,
                  options.demo ? "--demo and --state both say which accounts to serve"
                               : "the sandbox needs --demo or --state DIR",
                  options.demo ? "leave one of them out" : "hookferry sandbox --demo");
  std::optional<DemoFolder> demo;
  if (options.demo) demo.emplace();
  sandbox::Server server({.state = demo ? demo->accounts() : fs::path(options.state),
                          .port = options.port,
                          .tls_cert = options.tls_cert,
                          .tls_key = options.tls_key,
                          .faults = options.faults,
                          .seed = options.seed,
                          .log = options.log,
                          .trace = [&](const std::string& line) { context.tell(1, line); },
                          .limits = {}});
  write_stdout(server.url() + "\n" + (demo ? demo->begin(server.url(), options.tls_cert) : std::string()));
  server.serve_until_signal();
  return Exit::done;
}

}  // namespace hookferry::commands
