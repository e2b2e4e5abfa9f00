// Lets one step be taken in every way that it can be: each place that leaves something open asks for a
// number, and the step is taken again until all numbers were given.
#pragma once

#include <cstddef>
#include <vector>

namespace hookferry::model {

class Choices {
 public:
  /// One of 0 to count - 1.
  std::size_t choose(std::size_t count) {
    if (count < 2) return 0;
    if (at_ == made_.size()) made_.push_back({0, count});
    return made_[at_++].value;
  }

  /// To the next way; false where there is none.
  bool next() {
    at_ = 0;
    while (!made_.empty() && made_.back().value + 1 == made_.back().count) made_.pop_back();
    if (made_.empty()) return false;
    ++made_.back().value;
    return true;
  }

 private:
  struct Made {
    std::size_t value, count;
  };
  std::vector<Made> made_;
  std::size_t at_ = 0;
};

}  // namespace hookferry::model
