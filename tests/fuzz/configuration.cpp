// The configuration file: understood, or refused with its line.
#include "accounts/configuration.hpp"

#include "core/failure.hpp"
#include "fuzz/fuzz.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using fuzz::promise;

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  const OptionNames options{{"retries", "only", "ca-file", "yes"}, {"ca-file"}};
  const auto text = fuzz::text_of(data, size);
  try {
    for (const auto& [account, settings] : parse_config(text, "f.ini", options).accounts)
      for (const auto& [name, entry] : settings)
        promise(entry.origin.starts_with("f.ini:"), "every setting knows its line");
  } catch (const Failure& failure) {
    const std::string what = failure.what();
    promise(failure.cause == Cause::configuration, "a bad file is exit 78");
    promise(what.starts_with("f.ini:"), "it is told with its line");
    promise(what.find_first_of("\n\r\x1b") == std::string::npos, "in one line that drives no terminal");
  }
  try {
    for (const auto& [account, settings] :
         parse_config(text, "f.ini", options, "it is writable by other users").accounts)
      for (const auto& [name, entry] : settings)
        promise(!name.ends_with("-command"), "what others may have written runs no command");
  } catch (const Failure&) {
    return 0;
  }
  return 0;
}
