// The fuzzer's bytes as choices: what is not there any more is 0, so that every history comes to its end.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>

namespace hookferry::fuzz {

class Bytes {
 public:
  Bytes(const std::uint8_t* data, std::size_t size) : data_(data), left_(size) {}

  bool empty() const { return left_ == 0; }
  std::uint8_t byte() {
    if (left_ == 0) return 0;
    --left_;
    return *data_++;
  }
  /// From 0 to `count` - 1.
  std::size_t below(std::size_t count) { return byte() % count; }
  bool flag() { return (byte() & 1U) != 0; }
  /// Of so many bytes as the next one says.
  std::string text() {
    std::string out;
    for (auto length = byte(); length > 0 && left_ > 0; --length) out.push_back(static_cast<char>(byte()));
    return out;
  }

 private:
  const std::uint8_t* data_;
  std::size_t left_;
};

}  // namespace hookferry::fuzz
