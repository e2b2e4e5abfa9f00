#include "core/nearest.hpp"

#include <algorithm>
#include <numeric>

#include "core/letter_case.hpp"

namespace hookferry {
namespace {

std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 1; i <= a.size(); ++i) {
    auto diagonal = row[0];
    row[0] = i;
    for (std::size_t j = 1; j <= b.size(); ++j) {
      const auto replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
      diagonal = row[j];
      row[j] = std::min({replaced, row[j] + 1, row[j - 1] + 1});
    }
  }
  return row[b.size()];
}

/// Lower case; without '-' and '_' too for `loose`.
std::string folded(std::string_view text, bool loose) {
  std::string out;
  for (const char c : text)
    if (!loose || (c != '-' && c != '_')) out.push_back(lower_ascii(c));
  return out;
}

/// The shortest name that begins with the word, else the shortest that holds it.
std::optional<std::string> completed(std::string_view word, const std::vector<std::string>& names) {
  constexpr std::size_t shortest_part = 3;  // two letters are in every other name
  const auto part = folded(word, true);
  if (part.size() < shortest_part) return std::nullopt;
  const std::string* beginning = nullptr;
  const std::string* holding = nullptr;
  const auto keep_shortest = [](const std::string*& best, const std::string& name) {
    if (best == nullptr || name.size() < best->size()) best = &name;
  };
  for (const auto& name : names) {
    const auto at = folded(name, true).find(part);
    if (at == 0) keep_shortest(beginning, name);
    if (at != std::string::npos) keep_shortest(holding, name);
  }
  const auto* best = beginning != nullptr ? beginning : holding;
  return best != nullptr ? std::optional(*best) : std::nullopt;
}

}  // namespace

std::optional<std::string> nearest(std::string_view word, const std::vector<std::string>& names) {
  constexpr std::size_t longest_word =
      100;  // longer than any name; the distance takes words' product of time
  if (word.empty() || word.size() > longest_word) return std::nullopt;
  const auto limit = std::max<std::size_t>(1, word.size() / 3);
  std::optional<std::string> best;
  auto best_distance = limit + 1;
  const auto meant = folded(word, false);
  for (const auto& name : names) {
    const auto d = distance(meant, folded(name, false));
    if (d >= best_distance) continue;
    best_distance = d;
    best = name;
  }
  return best ? best : completed(word, names);
}

std::string did_you_mean(std::string_view word, const std::vector<std::string>& names) {
  const auto name = nearest(word, names);
  return name ? "; did you mean " + *name + "?" : std::string();
}

}  // namespace hookferry
