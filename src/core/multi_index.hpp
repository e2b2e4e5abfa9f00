// Many elements looked up by a key that several may share. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hookferry {

/// The elements of a vector by a key. Elements with the same key keep the order in which they stand.
template <class Key, class Hash>
class MultiIndex {
 public:
  /// Elements for which `key_of` gives no key are left out.
  template <class Element, class KeyOf>
  MultiIndex(const std::vector<Element>& elements, KeyOf key_of) : next_(elements.size(), none) {
    first_.reserve(elements.size());
    for (std::size_t i = elements.size(); i-- > 0;) {
      const std::optional<Key> key = key_of(elements[i]);
      if (!key) continue;
      const auto [place, is_new] = first_.try_emplace(*key, i);
      if (!is_new) next_[i] = std::exchange(place->second, i);
    }
  }

  /// Calls with one index after the other and returns the first for which the call is `true`.
  template <class Call>
  std::optional<std::size_t> find(const Key& key, Call call) const {
    const auto found = first_.find(key);
    for (auto i = found == first_.end() ? none : found->second; i != none; i = next_[i])
      if (call(i)) return i;
    return std::nullopt;
  }

  /// The same, but removes each index that it calls with.
  template <class Call>
  std::optional<std::size_t> take(const Key& key, Call call) {
    const auto found = first_.find(key);
    while (found != first_.end() && found->second != none) {
      const auto i = std::exchange(found->second, next_[found->second]);
      if (call(i)) return i;
    }
    return std::nullopt;
  }

 private:
  static constexpr std::size_t none = SIZE_MAX;
  std::unordered_map<Key, std::size_t, Hash> first_;
  std::vector<std::size_t> next_;
};

}  // namespace hookferry
