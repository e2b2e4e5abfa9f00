// The rules of a move from one built-in region to another.
#pragma once

#include "region/table.hpp"
#include "support/rooms.hpp"
#include "transform/transformer.hpp"

namespace hookferry::test {

inline const RegionTable& regions() {
  static const auto table = RegionTable::builtin();
  return table;
}

inline TransformRules eu1_to_us1() {
  TransformRules out;
  out.hosts = HostRewrites::between(*regions().find("eu1"), *regions().find("us1"));
  out.regions = &regions();
  out.source = regions().find("eu1");
  out.destination = "us1";
  return out;
}

}  // namespace hookferry::test
