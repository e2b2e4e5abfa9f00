// The record of runs: which webhooks were to be written, which writes were begun, and their outcomes.
//
// Format: JSON Lines (jsonlines.org), one event a line, mode 0600; version 2, version 1 is read too. A file
// may hold several runs one after the other, each beginning with a `run` line. Every event but `webhook` is
// on disk before the run goes on. Times are milliseconds since 1970 in UTC. No line holds a key; a webhook's
// content stands there for updates and deletions only, as what was there before, else as a digest.
//
// clang-format off
//   {"event":"run","ledger":2,"hookferry":"0.1.0","command":"migrate","source":"eu1","destination":"us1",
//    "url":"https://api.coralogix.us","account":"<digest>","company":"67890","settle":8000,"at":1700000000000,
//    "boot":"<id>","uptime":123456,"number":12,"present":[7,9]}
//      present: ids that were there before the run; account: distinguishes accounts of one address; company: the
//      server's own number of the account, if it is known; settle: in milliseconds, see docs/reliability.md;
//      number: of the run on this machine, which gives runs their order; uptime: milliseconds since this machine
//      started, in every line with a time; boot: the kernel's id of that start. Runs of older versions have
//      neither of the three. "sources": names of the account or file that was read, however it was spelled. A run
//      of apply has "plan" besides, the digest of the plan, and a pair of a fleet has "fleet". server_time: of the
//      server's own clock, in milliseconds since 1970, before the first intent, if its responses have a Date
//   {"event":"webhook","n":0,"source_id":3,"alias":"ops","type":0,"action":"create","destination_id":null,
//    "content":"<sha256>"}
//      updates and deletions have "before":{…} besides, the webhook as it was; "source_uuid" and
//      "destination_uuid" are those of the v5 API ("uuid" where it arrived)
//   {"event":"intent","webhooks":[0,1],"at":…}
//      stands there before these are sent
//   {"event":"accepted","webhooks":[0,1],"ids":[50,null],"at":…}
//      the server's answer; null where it does not say which id a webhook got; "uuids" where it names those
//   {"event":"not_applied","webhooks":[0,1],"reason":"…","at":…}
//      they were not sent, were refused, or were found missing when the account was read back
//   {"event":"arrived","n":0,"id":50,"content":"<sha256>","evidence":"id"}
//      it was read back; content: the digest of what is stored; evidence: "id", "content", "changed" (by
//      another client since) or "existed" (before the run sent it: the webhook is not the run's)
//   {"event":"unclear","n":0,"ids":[50,51]}
//      it is known by count alone: it is one of these, or none
//   {"event":"removed","n":0}
//      a deletion of this run was seen to be done
//   {"event":"undone","run":0,"n":0,"id":50,"at":…}
//      it was taken back; run: which run of the file, from 0; id: for a deletion, that of the webhook that was
//      recreated
//   {"event":"copy","id":51,"alias":"ops","type":0}
//      it came up during the run and has the content of something that was sent; no run counts it as its own
//   {"event":"company","company":"67890"}
//      where it was not known when the run began
//   {"event":"end","settled":true,"exit":0,"at":…}
//      settled: no outcome is open; exit: as the process ended: 0 all is done, 2 all but conflicts, else not all;
//      it has "boot", too, because a later run may write it
// clang-format on
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "webhook/webhook.hpp"

namespace hookferry::ledger {

inline constexpr std::int64_t ledger_version = 2;

/// What a run does with a webhook.
enum class Action { create, update, unchanged, conflict, invalid, remove };
/// "create"; of `remove` "delete".
std::string_view name_of(Action action);
/// Nothing if no action has that name.
std::optional<Action> action_named(std::string_view name);

/// Which account it is, under any name and with any key: the server, which is one under all its names, and on
/// it the key, or the number that the server gives its accounts (`company_id` of their webhooks).
struct AccountIdentity {
  std::string server;   ///< "region us1", "loopback:8080", "hooks.example.com:443"
  std::string key;      ///< a digest of server and key; it does not reveal the key
  std::string company;  ///< JSON text of the number; empty where unknown, as in an account without webhooks

  bool operator==(const AccountIdentity&) const = default;
};

/// An account, or the file in the place of one, with what is known of it. What is not known is empty.
struct Account {
  std::string name;      ///< as the user calls it
  std::string url{};     ///< of its API
  std::string region{};  ///< its code
  AccountIdentity identity{};
  std::string api{};  ///< by which it was read, "v1" or "v5"; not of a file
};

struct LedgerHeader {
  std::string command;
  std::string source;
  Account destination;      ///< without region and server; without key in ledgers of version 1
  std::int64_t settle = 0;  ///< ms
  std::vector<std::int64_t> present;
  std::string plan{};   ///< digest of the approved plan that it carries out; empty where there is none
  std::string fleet{};  ///< the same for the runs of all pairs of one fleet; empty for any other run
  /// What the server's own clock showed at least, before the first intent (ms since 1970).
  std::optional<std::int64_t> server_time{};
  /// By which the source is known, however it is spelled. Empty in an undo, and in ledgers of older versions.
  std::vector<std::string> source_names{};
};

struct LedgerEntry {
  enum class State {
    planned,   ///< not begun
    intended,  ///< begun, in doubt
    accepted,  ///< the server said yes; not read back
    not_applied,
    arrived,    ///< read back
    ambiguous,  ///< ambiguous: known by count alone
    removed,    ///< a deletion that is done
    undone,
  };
  std::size_t n = 0;  ///< place in the run's plan
  std::optional<std::int64_t> source_id;
  webhook::Identity identity;
  Action action = Action::create;
  std::optional<std::int64_t> destination_id;
  std::string source_uuid, destination_uuid;  ///< v5's; empty where unknown
  std::string content;                        ///< digest of what was to be written
  std::string before;                         ///< updates, deletions: JSON text of the webhook before
  std::string stored;                         ///< digest of what was read back
  bool changed = false;                       ///< another client had changed it when it was read back
  /// A deletion that was undone: the id of the recreated webhook.
  std::optional<std::int64_t> recreated;
  std::vector<std::int64_t> candidates;  ///< ambiguous: ids of the webhooks that may be it
  State state = State::planned;
};

/// The webhook as it was before the update or deletion, which the entry must hold.
webhook::Webhook webhook_before(const LedgerEntry& entry);

/// A webhook that came up during a run with the content of something that the run sent, and is one too many:
/// the server may have applied a request twice.
struct KnownCopy {
  std::int64_t id = 0;
  webhook::Identity identity;
};

struct LedgerRun {
  LedgerHeader header;
  std::vector<LedgerEntry> entries;
  std::vector<KnownCopy> copies;
  /// On this machine, from 1 on; no two runs have the same. 0: of a version that did not number its runs.
  std::int64_t number = 0;
  /// Which of two runs came later: the greater one, or the one that is later in the same file. Clocks have no
  /// part in it, except among runs without a number, which come first.
  std::pair<std::int64_t, std::int64_t> order;
  std::int64_t began = 0;    ///< ms since 1970, to be shown
  std::int64_t last_at = 0;  ///< the same of the last line with a time
  /// In milliseconds since this machine started; nothing if the run was before that, or if that is unknown.
  std::optional<std::int64_t> last_activity;
  bool ended = false;    ///< it was not killed: nothing was under way any more at last_activity
  bool settled = false;  ///< it ended with nothing in doubt
  int exit = -1;         ///< its exit code, if it ended
  /// It ended with all that was planned, conflicts aside.
  bool complete() const { return exit == 0 || exit == 2; }
  bool is_undo() const { return header.command == "undo"; }
  bool begun() const;  ///< anything was sent, or may have been: version 1 has no intents of deletions
};

/// A webhook that the server stores otherwise than it was sent, as an earlier run found. Both contents are
/// digests.
struct KnownAlteration {
  std::string sent;
  std::int64_t id = 0;
  std::string stored;
};

/// A webhook that was sent, and of which it is not known whether it is one of the candidates: these are new
/// and have its alias and type, but other content.
struct KnownAmbiguous {
  std::string sent;  ///< digest
  std::vector<std::int64_t> candidates;

  bool operator==(const KnownAmbiguous&) const = default;
};

/// What earlier runs found out about webhooks of an account that are not there as they were sent.
struct KnownOfAccount {
  std::vector<KnownAlteration> alterations;
  std::vector<KnownAmbiguous> ambiguous;
  std::vector<KnownCopy> copies{};
};

/// The alterations that these runs found.
std::vector<KnownAlteration> known_alterations(const std::vector<LedgerRun>& runs);
/// The ambiguous webhooks of these runs. A candidate that a later run has seen arrive, as its update for
/// example, is that run's and no candidate any more.
std::vector<KnownAmbiguous> known_ambiguous(const std::vector<LedgerRun>& runs);

/// What is known of the account as `reading` shows it: by `remembered`, from before the last one of `runs`,
/// and by these. An alteration is known while its webhook is shown as it was stored, the newest one of each
/// webhook, an ambiguous webhook while one of its candidates is shown, and a copy while its id is shown with
/// its alias and type.
KnownOfAccount known_after(const KnownOfAccount& remembered, const std::vector<LedgerRun>& runs,
                           const std::vector<webhook::Webhook>& reading);

}  // namespace hookferry::ledger
