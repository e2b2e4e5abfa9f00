#include "cli/foreign_words.hpp"

#include <algorithm>
#include <array>
#include <span>

namespace hookferry {
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
  for (auto rest = found->ours; !rest.empty();) {
    const auto end = std::min(rest.find(' '), rest.size());
    const auto name = rest.substr(0, end);
    rest.remove_prefix(std::min(end + 1, rest.size()));
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

}  // namespace hookferry
