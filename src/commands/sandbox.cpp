#include "cli/help.hpp"
#include "commands/context.hpp"
#include "core/files.hpp"
#include "sandbox/server.hpp"

namespace hookferry::commands {

Exit run_sandbox_command(Context& context) {
  const auto& options = context.options;
  if (options.state.empty())
    throw Failure(Cause::usage, "the sandbox needs --state DIR", "see hookferry help sandbox");
  sandbox::Server server({.state = options.state,
                          .port = options.port,
                          .tls_cert = options.tls_cert,
                          .tls_key = options.tls_key,
                          .faults = options.faults,
                          .seed = options.seed,
                          .log = options.log,
                          .limits = {}});
  write_stdout(server.url() + "\n");
  server.serve_until_signal();
  return Exit::done;
}

}  // namespace hookferry::commands
