#include "cli/command_line.hpp"

#include <algorithm>
#include <array>
#include <span>
#include <string_view>

#include "cli/options.hpp"
#include "core/failure.hpp"
#include "core/text.hpp"
#include "secrets/secrets.hpp"

namespace hookferry::cli {
namespace {

struct Translation {
  std::string_view words;  ///< of other tools, each between spaces
  std::string_view ours;   ///< names, separated by spaces
};

constexpr std::array commands = {
    Translation{" plan preview compare ", "diff"},
    Translation{" copy cp clone transfer move ", "migrate mirror"},
    Translation{" sync replicate ", "mirror migrate"},
    Translation{" dump backup pull get download save ", "export"},
    Translation{" load push upload restore put ", "import"},
    Translation{" convert translate ", "transform"},
    Translation{" rollback revert destroy delete remove ", "undo"},
    Translation{" ls show webhooks ", "list"},
    Translation{" history log logs status ", "runs"},
    Translation{" ping validate verify doctor test ", "check"},
    Translation{" remap relink ", "rewire"},
    Translation{" serve server mock ", "sandbox"},
    Translation{" batch all ", "fleet"},
};

constexpr std::array options = {
    Translation{" include filter match alias ", "only"},
    Translation{" exclude ignore ", "except"},
    Translation{" dryrun check-only noop preview ", "dry-run"},
    Translation{" auto-approve force assume-yes non-interactive ", "yes"},
    Translation{" transfers parallelism jobs workers threads ", "concurrency"},
    Translation{" output-format json ", "format"},
    Translation{" output-file out-file file ", "output"},
    Translation{" silent ", "quiet"},
    Translation{" debug trace ", "verbose"},
    Translation{" key api-key apikey token api-token password ", "key-file source-key-file dest-key-file"},
    Translation{" source-key source-token ", "source-key-file"},
    Translation{" dest-key dest-token destination-key ", "dest-key-file"},
    Translation{" region ", "source-region dest-region"},
    Translation{" cacert ca-certificate ca-bundle ", "ca-file"},
    Translation{" retry max-retries ", "retries"},
    Translation{" replace map-host ", "rewrite-host"},
    Translation{" set values patch ", "overlay"},
    Translation{" rps limit-rate rate-limit ", "rate"},
    Translation{" on-duplicate overwrite ", "on-conflict"},
};

std::string meant(std::string_view word, std::span<const Translation> table, std::string_view dashes,
                  const std::vector<std::string>& ours) {
  const auto wanted = " " + std::string(word) + " ";
  const auto found = std::find_if(table.begin(), table.end(), [&](const Translation& translation) {
    return translation.words.find(wanted) != std::string_view::npos;
  });
  if (found == table.end()) return {};
  std::string out;
  for (const auto name : split(found->ours, ' ')) {
    if (std::find(ours.begin(), ours.end(), name) == ours.end()) continue;
    out += (out.empty() ? "; here that is " : " or ") + std::string(dashes) + std::string(name);
  }
  return out;
}

}  // namespace

std::string command_meant(std::string_view word, const std::vector<std::string>& ours) {
  return meant(word, commands, "", ours);
}

std::string option_meant(std::string_view word, const std::vector<std::string>& ours) {
  return meant(word, options, "--", ours);
}

namespace {

[[noreturn]] void refuse(const std::string& name) {
  std::vector<std::string> names;
  std::vector<std::string> dashed;
  for (const auto& spec : option_table()) {
    names.emplace_back(spec.name);
    dashed.push_back("--" + names.back());
  }
  const auto meant = option_meant(name.substr(std::min(name.find_first_not_of('-'), name.size())), names);
  throw Failure(Cause::usage,
                "unknown option " + printable_excerpt(secrets::mask_argument(name), 60) +
                    (meant.empty() ? did_you_mean(name, dashed) : meant),
                "see hookferry help");
}

/// Whether the next argument is the value of this one.
bool wants_next(const std::string& argument) {
  if (argument.starts_with("--")) {
    const auto equals = argument.find('=');
    const auto name = argument.substr(2, equals == std::string::npos ? equals : equals - 2);
    const auto* spec = find_option(name);
    if (spec == nullptr && name != "help" && !find_negated(name)) refuse("--" + name);
    return spec != nullptr && !spec->argument.empty() && equals == std::string::npos;
  }
  for (std::size_t i = 1; i < argument.size(); ++i) {
    const auto table = option_table();
    const auto spec = std::find_if(table.begin(), table.end(),
                                   [&](const OptionSpec& row) { return row.letter == argument[i]; });
    if (spec == table.end() && argument[i] != 'h') refuse("-" + argument.substr(i, 1));
    if (spec != table.end() && !spec->argument.empty()) return i + 1 == argument.size();
  }
  return false;
}

}  // namespace

std::size_t command_place(const std::vector<std::string>& arguments) {
  std::size_t at = 0;
  while (at < arguments.size() && arguments[at].starts_with('-') && arguments[at].size() > 1 &&
         arguments[at] != "--")
    at += wants_next(arguments[at]) ? 2 : 1;
  return std::min(at, arguments.size());
}

}  // namespace hookferry::cli
