#include "cli/commands.hpp"
#include "sandbox/server.hpp"

namespace hookferry {

Exit run_sandbox_command(Context& context) {
  const auto& options = context.options;
  if (options.state.empty())
    throw Failure(Cause::usage, "the sandbox needs --state DIR", "see hookferry help sandbox");
  SandboxOptions sandbox;
  sandbox.state = options.state;
  sandbox.port = options.port;
  sandbox.tls_cert = options.tls_cert;
  sandbox.tls_key = options.tls_key;
  sandbox.faults = options.faults;
  sandbox.seed = options.seed;
  sandbox.log = options.log;
  run_sandbox(sandbox);
  return Exit::done;
}

}  // namespace hookferry
