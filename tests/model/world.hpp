// The account at the other end, in the model: what it holds, what it may still carry out, and what a reading
// of it may show. Pure.
//
// What is promised of a server, in ticks of the settle time: what a request does is shown by every reading
// that begins the settle time after its connection's end, or later. Before that it may be carried out late,
// be shown late, or be left out.
#pragma once

#include <cstdint>
#include <optional>
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
  Time due = 0;          ///< from when on every reading shows it
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

class Account {
 public:
  Webhooks webhooks;
  std::vector<Earlier> earlier;  ///< oldest first; those that a lagging reading may still show
  std::vector<Late> late;
  Id next_id = 1;

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

  void canonical(std::string& out, Time now) const;

 private:
  void change(Time due);
};

std::string shown(const Webhooks& webhooks);
std::string shown(const Write& write);

}  // namespace hookferry::model
