// Creating and updating: from the text of a request to what is stored and what is answered.
#pragma once

#include <string>
#include <vector>

#include "sandbox/accounts.hpp"
#include "sandbox/faults.hpp"

namespace hookferry {

/// A webhook as it is stored.
struct Stored {
  std::int64_t id;
  std::string text;
};

/// Elements of a POST on their way into an account: what is to be created has its id already, so that an
/// answer can go out before they are there.
class Writes {
 public:
  /// `elements`: JSON objects that the guide's rules let through.
  Writes(SandboxState& state, SandboxAccount& account, std::vector<std::string> elements, const Fault& fault);

  /// As the server would store them now, in the order of the elements.
  std::vector<Stored> preview() const;
  /// Stores them; those that update a webhook that is gone meanwhile are left out. What was stored in the
  /// first place: a fault may store it once more.
  std::vector<Stored> apply();
  std::size_t applied() const { return applied_; }

 private:
  struct Element {
    std::int64_t id;
    bool creates;
    std::string text;
  };
  void take_ids();
  bool updates() const;
  std::vector<Stored> store();

  SandboxState* state_;
  SandboxAccount* account_;
  Fault fault_;
  std::vector<Element> elements_;
  std::size_t applied_ = 0;
};

/// The body of a POST's answer; `bulk`: an array.
std::string answer_body(const SandboxAccount& account, const std::vector<Stored>& stored, const Fault& fault,
                        bool bulk);

}  // namespace hookferry
