// The account at the other end, in the model: what it holds, what it may still carry out, and what a reading
// of it may show. Pure.
//
// What is promised of a server, in ticks of the settle time: what a request does is shown by every reading
// that begins the settle time after its connection's end, or later. Before that it may be carried out late,
// be shown late, or be left out.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "contents.hpp"
#include "delivery/steps.hpp"
#include "support/rooms.hpp"

namespace hookferry::model {

using Id = std::int64_t;

/// A webhook of the account, with what only the model knows of it.
struct Stored {
  Id id = 0;
  int identity = 0;
  Content content = '-';
  bool modified_after_creation = false;
  bool made = false;     ///< by the tool, not by a stranger
  int slot = -1;         ///< which planned webhook was written there last; -1: none
  bool copy = false;     ///< the server's second application of one request
  bool edited = false;   ///< by a stranger, after the tool or the plan
  bool altered = false;  ///< other than sent, and told as the server's doing
  bool hidden = false;   ///< by the reading that a plan was made from: it could not know of it
  Time due = 0;          ///< from when on every reading shows it
  Time touched_at = 0;   ///< by a stranger, last
  Time created_at = 0;   ///< by the account's clock; 0 if it has none
  Time updated_at = 0;
  bool operator==(const Stored&) const = default;
};
using Webhooks = std::vector<Stored>;  ///< by id

/// One thing that a request does.
struct Write {
  Operation::Kind kind = Operation::Kind::create;
  int identity = 0;
  Content content = '-';  ///< as it will be stored
  int slot = -1;
  Id id = 0;
  bool copy = false;
};
using Writes = std::vector<Write>;

/// Carried out after its connection's end, at any moment up to `due`.
struct Late {
  Writes writes;
  Time due = 0;
};

/// What the account was before a change that readings must show from `due` on.
struct Earlier {
  Webhooks webhooks;
  Time due = 0;
};

/// Histories whose times have the same order go on equally.
using Ranks = std::map<Time, std::int64_t>;
inline constexpr Time not_touched = INT64_MAX / 2;
/// Its clock shows a Date in whole seconds, so its milliseconds are so many to one of the model.
inline constexpr Time server_ms = 100;

class Account {
 public:
  Webhooks webhooks;
  std::vector<Earlier> earlier;  ///< oldest first; those that a lagging reading may still show
  std::vector<Late> late;
  Id next_id = 1;
  bool uses_ids_again = false;  ///< the next id is the highest that is there, plus one
  bool has_clock = false;

  Id take_id();
  void apply(const Writes& writes, Time due);
  void apply_late(std::size_t which);
  /// Time has passed: what had to happen until now has happened.
  void at(Time now);
  Stored* find(Id id);
  const Stored* find(Id id) const;

  // Strangers.
  void add(int identity, Content content, Time due);
  void edit(Id id, Time due);
  void remove(Id id, Time due);

  /// `ranks`: of all times of the history that count; empty without a clock.
  void canonical(std::string& out, Time now, const Ranks& ranks) const;
  /// All that its clock has recorded.
  void add_times(std::set<Time>& out) const;
  Time clock() const { return has_clock ? now_ : 0; }

 private:
  void change(Time due);
  Time now_ = 0;
};

std::string shown(const Webhooks& webhooks);
std::string shown(const Write& write);

}  // namespace hookferry::model
