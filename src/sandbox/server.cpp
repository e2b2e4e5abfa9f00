#include "sandbox/server.hpp"
namespace hookferry {
void run_sandbox(const SandboxOptions&) {}
std::string fault_help() { return ""; }
}  // namespace hookferry
