// What a storm's server does to the runs: drawn by chance, within what docs/reliability.md promises to stand.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "random.hpp"
#include "support/rooms.hpp"

namespace hookferry::test {

/// `newer` adds to the usual faults: readings that show less, for once; lists that are marked as a part or
/// show a webhook twice; work that outlives its client; POSTs applied twice; updates that are stored as new
/// webhooks; contents, aliases and types that are normalised; ids that are given again; webhooks of another
/// client; answers with other ids, before or behind others, or elsewhere.
/// Which API a run uses for each account: v1, or by the seed either of the two.
enum class Apis { v1, mixed };
std::vector<std::string> api_options(std::uint64_t seed, Apis apis);

enum class Weather { usual, newer };

/// The usual faults, as options of the sandbox. Which request, then what; percentages stay low enough for
/// runs to come to an end. `altering`: one of them stores something else than was sent.
std::vector<std::string> usual_faults(Random& random, bool altering);

/// What a storm holds already matters to what else may be drawn.
struct Sky {
  std::vector<std::string> usual;  ///< its usual faults
  std::vector<std::string> news;   ///< aliases of the source that the destination does not hold beforehand
  bool destination_empty = false;
  bool namesakes = false;  ///< an alias stands for several contents: where the server stores other contents,
                           ///< nobody can tell which of them arrived
  bool odd_aliases =
      false;             ///< a server that trims aliases, or lower-cases them, changes those of the source
  bool updates = false;  ///< a changed alias or type of an updated webhook reads as another client's change
  bool altering = false;
  bool kills = false;  ///< runs end at any moment, so that the server's work must be over soon after it
};

/// The newer faults of one storm, with what they excuse.
struct Forecast {
  std::vector<std::string> options;  ///< of the sandbox, on top of the usual ones
  std::vector<std::string> of_undo;  ///< the same for an undo among faults
  bool copies = false;               ///< the server itself makes copies
  bool other_contents = false;       ///< what is stored is not what was sent, and cannot be led back to it
  bool undecidable = false;          ///< what was applied may be known by number only, and so stay open
};
Forecast newer_faults(Random& random, const Sky& sky);

/// A list that its status or a header marks as a part, as options of the sandbox: of `account`, from the Nth
/// request for it on, once or a few times.
std::vector<std::string> marked_part(Random& random, const std::string& account);

/// What another client adds in a storm.
inline const std::string visitor = "visitor";

}  // namespace hookferry::test
