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
std::string_view demo_newer();

namespace {

namespace fs = std::filesystem;

struct DemoAccount {
  std::string_view name, region;
  std::string_view (*content)();
  std::string_view path = {};  ///< of its URL
};
constexpr std::array<DemoAccount, 3> demo_accounts = {{{"eu", "eu1", demo_source},
                                                       {"us", "us1", demo_destination},
                                                       {"ap", "ap1", demo_newer, "/mgmt/openapi/5"}}};

/// A folder with the accounts, their keys and a configuration. It is removed with its owner.
class DemoFolder {
 public:
  DemoFolder() {
    auto folder = (fs::temp_directory_path() / "hookferry-demo-XXXXXX").string();
    if (::mkdtemp(folder.data()) == nullptr)
      throw Failure(Cause::cannot_write, "cannot create a temporary folder",
                    "set TMPDIR to a folder that can be written");
    path_ = folder;
    make_directory(path_ / "accounts");
    for (const auto& account : demo_accounts) {
      // Each demo has its own keys, so that other users of this machine cannot know them.
      const auto key = random_digits(16);
      const std::string name(account.name);
      std::string text(account.content());
      boost::replace_all(text, name + "-sandbox-key", key);
      write_file((path_ / "accounts" / (name + ".json")).string(), text);
      write_file(key_file(name), key + "\n");
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
    for (const auto& [name, region, content, path] : demo_accounts)
      text += fmt::format(
          "[{}]\nregion = {}\nurl = {}{}\napi-key-file = {}\n{}\n", name, region, url, path, key_file(name),
          certificate.empty() ? "" : "ca-file = " + fs::absolute(certificate).string() + "\n");
    const auto configuration = (path_ / "hookferry.ini").string();
    write_file(configuration, text);
    return fmt::format(
        "The accounts eu, us and ap are served until you press Ctrl-C; ap has the newer API (v5). In another "
        "terminal, paste:\n\n"
        "  export HOOKFERRY_CONFIG={} XDG_STATE_HOME={}\n"
        "  hookferry diff eu us\n"
        "  hookferry migrate eu us\n"
        "  hookferry undo --last\n"
        "  hookferry migrate eu ap --test\n",
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
