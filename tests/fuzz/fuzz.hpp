// What the fuzz targets share. A target is one file: bytes in, an abort where a promise is broken.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "region/rewrites.hpp"
#include "region/table.hpp"
#include "support/rooms.hpp"

namespace hookferry::fuzz {

/// Aborts, which is how the fuzzer learns of it.
inline void promise(bool kept, const char* what) {
  if (kept) return;
  std::fprintf(stderr, "broken promise: %s\n", what);
  std::abort();
}

inline std::string text_of(const std::uint8_t* data, std::size_t size) {
  return {reinterpret_cast<const char*>(data), size};
}

inline const RegionTable& regions() {
  static const auto table = RegionTable::builtin();
  return table;
}

inline const HostRewrites& rewrites() {
  static const auto hosts = HostRewrites::between(*regions().find("eu1"), *regions().find("us1"));
  return hosts;
}

}  // namespace hookferry::fuzz
