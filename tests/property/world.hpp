// The accounts of a storm: what they hold at its beginning, and what an account's file says later.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "random.hpp"
#include "support/rooms.hpp"
#include "weather.hpp"

namespace hookferry::test {

/// Webhooks as JSON text.
struct World {
  std::vector<std::string> source;
  std::vector<std::string> destination;
  bool odd_aliases = false;  ///< with a capital and a space
};

/// Few aliases and few contents, so that there are duplicates of every kind; some of them are there already,
/// some differ, some are others' business.
World random_world(Random& random);

Sky sky_over(const World& world, const std::vector<std::string>& usual, bool altering, bool kills,
             bool updates);

struct Held {
  std::int64_t id;
  std::string alias;
  std::string content;
  bool operator==(const Held&) const = default;
};

/// In the order of their ids. What a normalising server has put behind a URL, or has taken from an alias, is
/// not counted as a difference.
std::vector<Held> held(const std::string& file);

std::map<std::string, std::size_t> counted(const std::vector<Held>& webhooks, std::string Held::*by);

}  // namespace hookferry::test
