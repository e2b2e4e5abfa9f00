#include "cli/commands.hpp"
#include "sandbox/server.hpp"

namespace hookferry {

Exit run_sandbox_command(Context& context) {
  const auto& options = context.options;
  if (options.state.empty())
    throw Failure(Cause::usage, "the sandbox needs --state DIR", "see hookferry help sandbox");
  sandbox::Options server;
  server.state = options.state;
  server.port = options.port;
  server.tls_cert = options.tls_cert;
  server.tls_key = options.tls_key;
  server.faults = options.faults;
  server.seed = options.seed;
  server.log = options.log;
  sandbox::run(server);
  return Exit::done;
}

}  // namespace hookferry
