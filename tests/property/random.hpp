// Chance from a seed: the same numbers with every build. An expression that draws twice does so in a braced
// list, for elsewhere the order is the compiler's.
#pragma once

#include <cstdint>
#include <random>
#include <string>
#include <vector>

namespace hookferry::test {

class Random {
 public:
  explicit Random(std::uint64_t seed) : engine_(seed) {}
  std::size_t upto(std::size_t most) { return std::uniform_int_distribution<std::size_t>(0, most)(engine_); }
  std::size_t between(std::size_t least, std::size_t most) { return least + upto(most - least); }
  bool jitter(unsigned percent) { return upto(99) < percent; }
  const std::string& pick(const std::vector<std::string>& values) { return values[upto(values.size() - 1)]; }

 private:
  std::mt19937_64 engine_;
};

}  // namespace hookferry::test
