#include "cli/values.hpp"

#include <array>
#include <cmath>
#include <utility>

namespace hookferry {

std::optional<std::chrono::milliseconds> parse_seconds(std::string_view text, double least, double most) {
  if (text.empty() || text.find_first_not_of("0123456789.") != std::string_view::npos) return std::nullopt;
  double seconds = 0;
  const auto result =
      std::from_chars(text.data(), text.data() + text.size(), seconds, std::chars_format::fixed);
  if (result.ec != std::errc() || result.ptr != text.data() + text.size()) return std::nullopt;
  if (seconds < least || seconds > most) return std::nullopt;
  return std::chrono::milliseconds(std::llround(seconds * 1000));
}

std::optional<std::size_t> parse_size(std::string_view text) {
  constexpr std::array<std::pair<std::string_view, std::size_t>, 4> units = {{{"KiB", std::size_t{1} << 10},
                                                                              {"MiB", std::size_t{1} << 20},
                                                                              {"GiB", std::size_t{1} << 30},
                                                                              {"B", 1}}};
  std::size_t factor = 1;
  for (const auto& [unit, bytes] : units) {
    if (!text.ends_with(unit)) continue;
    text.remove_suffix(unit.size());
    factor = bytes;
    break;
  }
  constexpr std::size_t most = std::size_t{4} << 30;  // the JSON layer's limit
  const auto number = parse_number<std::size_t>(text, 1, most);
  if (!number || *number > (most - 1) / factor) return std::nullopt;
  return *number * factor;
}

}  // namespace hookferry
