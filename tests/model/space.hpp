// One space of histories to be looked at: what is planned, what the account is like, what may go wrong.
#pragma once

#include <string>
#include <vector>

#include "delivery/delivery.hpp"
#include "planner.hpp"
#include "support/rooms.hpp"

namespace hookferry::model {

/// A rule left out of what runs the core, or made void by what the core is given: the checker must notice.
enum class Mutation {
  none,
  whole_readings,     ///< any reading proves absence
  agreeing_readings,  ///< one reading does
  evidence,           ///< what is known by count alone is booked as arrived
  waiting,            ///< after a crash the first reading counts
  intents,            ///< sent before it is written down
  confirmed,          ///< what was confirmed and is not to be seen counts as absent
  age,                ///< a snapshot of any age shows targets
  origin,             ///< nothing says when a webhook was created
  newcomers,          ///< webhooks that were stored under another alias are not looked at
  one_alone,          ///< all that was absent is sent again at once
};

enum class Initially { empty, foreign, namesake, equal };

/// What may go wrong while one run lasts.
struct RunFaults {
  int faults = 0;
  int crashes = 0;
};

struct Space {
  std::string name;
  std::vector<Source> sources;
  Initially initially = Initially::empty;
  Storing storing = Storing::as_sent;
  PlanOptions plan;
  std::size_t batch = 2;
  std::size_t concurrency = 1;
  std::size_t retries = 1;
  Time settle = 100;              ///< ms; the core reads again after 100 at the soonest
  std::vector<RunFaults> runs;    ///< the last one without any
  int strangers = 0;              ///< their acts, over the whole history
  std::size_t shows_at_most = 0;  ///< webhooks a reading, for ever; 0: all
  bool hides_new = false;         ///< a reading never shows what was created since the beginning
  bool clock = false;             ///< the server says when a webhook was created, and what time it is
  bool hides_first = false;       ///< a reading may lack what is there and not known yet
  bool gets_or_creates = false;   ///< a creation finds the webhook of its alias, if there is one
  bool uses_ids_again = false;    ///< the next id is the highest that is there, plus one
  bool uuids = false;             ///< the response to a creation names a uuid, whose number the readings show
  bool slow = false;              ///< a response may take so long that a snapshot is too old after it
  bool updates_as_new = false;    ///< an update may be stored as a new webhook
  bool undo = true;               ///< a run may be an undo
  bool other_key = false;         ///< or an undo with the key of another account
  int interrupts = 0;
  int full_disks = 0;
  Mutation mutation = Mutation::none;
};

std::vector<Space> product(std::vector<RunFaults> runs, int strangers);
std::vector<Space> small_spaces();
std::vector<Space> whole_spaces();
/// Each with one rule left out, in a space that is enough to show it.
std::vector<Space> mutated_spaces();

}  // namespace hookferry::model
