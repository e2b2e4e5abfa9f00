// An API key: it cannot be printed by accident and does not stay in memory behind its owner.
#pragma once

#include <string>
#include <string_view>
#include <utility>

namespace hookferry {

class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string value) : value_(std::move(value)) {}
  Secret(const Secret&) = default;
  Secret& operator=(const Secret& other) {
    if (this != &other) {
      wipe();
      value_ = other.value_;
    }
    return *this;
  }
  ~Secret() { wipe(); }

  bool empty() const { return value_.empty(); }
  /// For the one place that puts it on the wire.
  std::string_view reveal() const { return value_; }

 private:
  void wipe() {
    // volatile: the compiler may not drop writes to memory that is about to be freed.
    volatile char* bytes = value_.data();
    for (std::size_t i = 0; i < value_.size(); ++i) bytes[i] = '\0';
    value_.clear();
  }
  std::string value_;
};

}  // namespace hookferry
