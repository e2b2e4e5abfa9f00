#include "explorer.hpp"
#include "support/rooms.hpp"

#include <algorithm>
#include <chrono>

namespace hookferry::model {
namespace {

struct Hash {
  std::uint64_t high = 0, low = 0;
  bool operator==(const Hash&) const = default;
};

std::uint64_t mixed(std::uint64_t a, std::uint64_t b) {
  a ^= b * 0x9E3779B97F4A7C15U;
  a ^= a >> 32;
  a *= 0xD6E8FEB86659FD93U;
  a ^= a >> 29;
  a *= 0xC2B2AE3D27D4EB4FU;
  return a ^ (a >> 32);
}

/// 128 bits: with a hundred million states the chance that two share one is below 10^-22.
Hash hash_of(const std::string& text) {
  Hash out{0x243F6A8885A308D3U, 0x13198A2E03707344U};
  for (std::size_t at = 0; at < text.size(); at += 8) {
    std::uint64_t word = 0;
    for (std::size_t k = at; k < std::min(at + 8, text.size()); ++k)
      word = word << 8 | static_cast<unsigned char>(text[k]);
    out.high = mixed(out.high + word, 0x452821E638D01377U);
    out.low = mixed(out.low ^ word, 0xBE5466CF34E90C6CU + out.high);
  }
  out.low = mixed(out.low, text.size());
  return out;
}

/// A set of hashes that takes little more than the hashes do.
class HashSet {
 public:
  /// False where it was there.
  bool insert(const Hash& hash) {
    if (3 * count_ > 2 * table_.size()) grow();
    auto& place = place_of(hash);
    if (place == hash) return false;
    place = hash;
    ++count_;
    return true;
  }

 private:
  Hash& place_of(const Hash& hash) {
    auto at = hash.low & (table_.size() - 1);
    while (table_[at] != Hash{} && table_[at] != hash) at = (at + 1) & (table_.size() - 1);
    return table_[at];
  }
  void grow() {
    auto before = std::move(table_);
    table_ = std::vector<Hash>(2 * before.size());
    for (const auto& hash : before)
      if (hash != Hash{}) place_of(hash) = hash;
  }
  std::vector<Hash> table_ = std::vector<Hash>(1024);
  std::size_t count_ = 0;
};

/// How a state was come to: from which, and by its how manieth step.
struct Origin {
  std::uint32_t from, step;
};

class Exploring {
 public:
  Exploring(const Space& space, Limits limits) : space_(space), limits_(limits) {}

  Explored explore() {
    const auto started = std::chrono::steady_clock::now();
    std::vector<std::pair<History, std::uint32_t>> level;
    const auto first = beginning(space_);
    seen_.insert(hash_of(canonical(space_, first)));
    origins_.push_back({0, 0});
    level.emplace_back(first, 0);
    for (; !level.empty() && out_.violation.empty() && out_.whole; ++out_.depth) level = next_level(level);
    out_.states = origins_.size();
    out_.seconds = std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
    return std::move(out_);
  }

 private:
  using Level = std::vector<std::pair<History, std::uint32_t>>;

  Level next_level(Level& level) {
    Level out;
    for (auto& [history, place] : level) {
      Choices choices;
      std::uint32_t step = 0;
      do {
        auto next = history;
        if (!happen(space_, next, choices, nullptr)) {
          if (!history.over) found("nothing happens any more", place, step);
          break;
        }
        ++out_.steps;
        if (!next.violation.empty()) {
          found(next.violation, place, step);
          return {};
        }
        if (seen_.insert(hash_of(canonical(space_, next)))) {
          origins_.push_back({place, step});
          if (!next.over) out.emplace_back(std::move(next), static_cast<std::uint32_t>(origins_.size() - 1));
        }
        ++step;
      } while (choices.next());
      history = History();  // its memory is needed
      if (origins_.size() > limits_.states) out_.whole = false;
      if (!out_.violation.empty() || !out_.whole) return {};
    }
    return out;
  }

  void found(const std::string& violation, std::uint32_t place, std::uint32_t step) {
    out_.violation = violation;
    std::vector<std::uint32_t> steps = {step};
    for (; place != 0; place = origins_[place].from) steps.push_back(origins_[place].step);
    std::reverse(steps.begin(), steps.end());
    auto history = beginning(space_);
    out_.history.push_back("account: " + shown(history.account.webhooks));
    for (const auto one : steps) {
      Choices choices;
      for (std::uint32_t k = 0; k < one; ++k) {
        auto tried = history;
        happen(space_, tried, choices, nullptr);
        choices.next();
      }
      happen(space_, history, choices, &out_.history);
    }
    out_.history.push_back("BROKEN: " + violation);
  }

  const Space& space_;
  Limits limits_;
  HashSet seen_;
  std::vector<Origin> origins_;
  Explored out_;
};

}  // namespace

Explored explore(const Space& space, Limits limits) { return Exploring(space, limits).explore(); }

}  // namespace hookferry::model
