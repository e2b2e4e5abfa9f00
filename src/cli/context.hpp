// What every command has at hand.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/places.hpp"
#include "cli/common.hpp"
#include "cli/exit.hpp"
#include "cli/settings.hpp"
#include "migration/overlay.hpp"
#include "net/client.hpp"

namespace hookferry {

struct Context {
  explicit Context(Common& of_process)
      : common(of_process),
        interrupts(of_process.interrupts),
        config(of_process.config),
        regions(of_process.regions) {}

  Common& common;
  Interrupts& interrupts;
  std::unique_ptr<net::Executor> executor;  ///< made with the first client; one for each thread
  std::string command;
  std::vector<std::string> arguments;
  Settings settings;                 ///< what `options` were made from
  std::set<std::string_view> given;  ///< names of options on the command line: these go before a section's
  Options options;
  const Config& config;
  const RegionTable& regions;
  Overlay overlay;  ///< of --overlay, where the command takes it
  /// Of one among several: stands before each line on standard error.
  std::string label;
  /// Where the result goes instead of standard output, for one among several.
  std::string* captured = nullptr;
  mutable std::vector<std::string> warnings;  ///< told so far

  /// How keys are read in this run: what is told of it goes to standard error.
  KeyReading key_reading();
  /// To standard error, always.
  void tell_all(const std::string& text) const;
  /// To standard error unless -q: what is worth knowing.
  void note(const std::string& text) const;
  /// The same of what is not right; counted for --strict. `text` is safe to print.
  void warn(const std::string& text) const;
  /// To standard error from -v (1) or -vv (2) on.
  void tell(int level, const std::string& text) const;
  /// The command's result, to standard output.
  void put(const std::string& text) const;
  /// The same in words: not with -q.
  void show(const std::string& text) const;
  /// What is under way, see Progress; not with -q, and not for one among several.
  Progress* progress() const;
  bool color() const;

  /// A client set up for that account: its certificates, its limits. From the first one on a signal asks for
  /// an end instead of ending the process.
  std::unique_ptr<net::Client> make_client(const AccountPlace& place);
};

}  // namespace hookferry
