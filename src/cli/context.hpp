// What every command has at hand.
#pragma once

#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "accounts/configuration.hpp"
#include "accounts/keys.hpp"
#include "accounts/places.hpp"
#include "cli/settings.hpp"
#include "core/interrupts.hpp"
#include "migration/overlay.hpp"
#include "net/client.hpp"
#include "region/region_table.hpp"

namespace hookferry {

struct Context {
  explicit Context(Interrupts& signals) : interrupts(signals) {}

  Interrupts& interrupts;
  std::unique_ptr<Executor> executor;  ///< made with the first client
  std::string command;
  std::vector<std::string> arguments;
  Settings settings;  ///< what `options` were made from
  std::set<std::string_view> given;  ///< names of options on the command line: these go before a section's
  Options options;
  Config config;
  RegionTable regions;
  StandardInputKey standard_input_key;
  Overlay overlay;  ///< of --overlay, where the command takes it

  /// How keys are read in this run: what is told of it goes to standard error.
  KeyReading key_reading();
  /// To standard error unless -q: what is worth knowing.
  void note(const std::string& text) const;
  /// To standard error, always: what is not right. `text` is safe to print.
  void warn(const std::string& text) const;
  /// To standard error from -v (1) or -vv (2) on.
  void tell(int level, const std::string& text) const;
  /// The command's result, to standard output.
  void put(const std::string& text) const;
  /// The same in words: not with -q.
  void show(const std::string& text) const;
  bool color() const;

  /// A client set up for that account: its certificates, its limits. From the first one on a signal asks for
  /// an end instead of ending the process.
  std::unique_ptr<Client> make_client(const AccountPlace& place);
};

/// A line to standard error, in the place of the progress line where one stands.
void write_stderr(const std::string& line);
/// Takes the progress line away, before something else is written to the terminal.
void clear_progress();

/// A line on standard error that is written over, on a terminal only.
void show_progress(std::size_t done, std::size_t all);

bool stdin_is_terminal();

/// Asks on the terminal; anything but y or yes is no. Failure(interrupted) where a signal comes instead of an
/// answer.
bool confirm(const Interrupts& interrupts, const std::string& question);

}  // namespace hookferry
