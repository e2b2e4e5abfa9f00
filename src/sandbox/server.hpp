// An API server over files, for trying things and for tests: what the vendor's guide describes, on loopback
// only.
#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

namespace hookferry {

struct SandboxOptions {
  std::filesystem::path state;    ///< a folder with one NAME.json an account, see accounts.hpp
  std::uint16_t port = 0;         ///< 0: any that is free
  std::string tls_cert, tls_key;  ///< PEM files; both or none
  std::vector<std::string> faults;
  std::uint64_t seed = 1;     ///< of everything that is random in the faults
  std::filesystem::path log;  ///< a line for each request; empty: none
};

/// Serves until SIGINT or SIGTERM. Prints `http://127.0.0.1:PORT` (https with TLS) on standard output when it
/// is ready. Throws Failure for a state folder, certificate, fault rule or log that cannot be used and for a
/// port in use.
void run_sandbox(const SandboxOptions& options);

}  // namespace hookferry
