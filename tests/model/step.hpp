// One thing that happens in a history: the working state of `happen`, in three parts by file.
#pragma once

#include <functional>

#include "course.hpp"
#include "support/rooms.hpp"

namespace hookferry::model {

class Step {
 public:
  Step(const Space& space, History& history, Choices& choices, Log* log)
      : space_(space), history_(history), choices_(choices), log_(log) {}
  bool happen();

 private:
  // course.cpp: what can happen next
  using Happening = std::function<void()>;
  std::vector<Happening> possible();
  void add_strangers(std::vector<Happening>& out);
  void add_events(std::vector<Happening>& out);
  void pass_until(Time when);

  // course_run.cpp: the tool
  void start_run();
  void start(Run::Command command);
  void feed(const Event& event);
  void feed_reconciliation(const Event& event);
  void plan_and_deliver();
  bool close_earlier_runs(const Webhooks& reading);
  void perform(Instructions actions);
  void carry_out(const Instruction& action, bool& unwritten);
  void write(std::size_t run, const Instruction& record);
  bool note_undone();
  bool crashes_here();
  void crash();
  void finish_run(bool stopped);
  bool exit_is_zero(bool stopped) const;
  void leave_run();

  // course_server.cpp: the account's answers
  void answer(std::size_t which);
  void answer_removal(const InFlight& request);
  void answer_post(const InFlight& request);
  Writes described_writes(const InFlight& request, std::vector<std::optional<Id>>& ids);
  Id new_id(int identity, std::size_t place);
  void cut_off(const InFlight& request);
  void serve_reading();
  void give_reading(const Webhooks& shown);
  std::vector<Webhooks> readings(std::size_t& honest) const;
  /// The core is not given it, which makes its rule void.
  bool ignores(const Stored& one) const {
    return space_.mutation == Mutation::newcomers && one.identity >= first_renamed && one.identity < stranger;
  }
  bool undetectable(const Webhooks& shown) const;
  bool is_being_deleted(Id id) const;
  bool confirmed_by_number(const Webhooks& shown) const;
  void answer_question();

  // invariants.cpp: what must hold
  void broken(const std::string& what);
  void check_account();
  void check_foreign(const Webhooks& webhooks, bool exactly);
  void check_write(const Operation& operation);
  void check_arrival(const LedgerEntry& entry, const RecordArrived& record, const Webhooks& reading);
  void take_as_altered(Id id, std::int64_t slot);
  void check_end(bool stopped, bool zero);
  void check_quiet_end(bool stopped, bool zero);
  std::ptrdiff_t planned_of(const Source& source) const;
  std::ptrdiff_t count_of(const Webhooks& webhooks, const Source& source) const;
  bool holds_plan(const Webhooks& webhooks) const;

  static const Stored* by_id(const Webhooks& webhooks, Id id);
  void say(const std::string& line) {
    if (log_ != nullptr) log_->push_back(line);
  }
  bool logging() const { return log_ != nullptr; }
  Run& run() { return *history_.run; }
  const Run& run() const { return *history_.run; }

  const Space& space_;
  History& history_;
  Choices& choices_;
  Log* log_;
};

}  // namespace hookferry::model
