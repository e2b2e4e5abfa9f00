// An API key: it cannot be printed by accident and does not stay in memory behind its owner.
#pragma once

#include <memory>
#include <string>
#include <string_view>

namespace hookferry {

/// Copies share one piece of memory, which is overwritten when the last of them is gone.
class Secret {
 public:
  Secret() = default;
  explicit Secret(std::string_view value);

  bool empty() const { return bytes_ == nullptr; }
  /// For the one place that puts it on the wire.
  std::string_view reveal() const { return bytes_ == nullptr ? std::string_view() : *bytes_; }

 private:
  std::shared_ptr<const std::string> bytes_;
};

/// Overwrites all that the string has memory for, and empties it.
void wipe(std::string& text);

/// A string that is overwritten with its owner; what is put into it must fit `reserved` bytes, or copies stay
/// behind.
class WipedBuffer {
 public:
  explicit WipedBuffer(std::size_t reserved) { text.reserve(reserved); }
  ~WipedBuffer() { wipe(text); }
  WipedBuffer(const WipedBuffer&) = delete;
  WipedBuffer& operator=(const WipedBuffer&) = delete;

  std::string text;
};

/// From now on the memory of this process goes into no core file, and no other process of the user may read
/// it.
void forbid_dumps();

}  // namespace hookferry
