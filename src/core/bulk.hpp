// For accounts with many webhooks: texts that are shared, and an index.
#pragma once

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <stdexcept>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace hookferry {

/// A text, or a part of one, that shares its characters with its copies and always owns them. What it looks
/// at is asked for by name, with view(), which is good for as long as this or a copy of it is held.
class SharedText {
 public:
  SharedText() = default;
  explicit SharedText(std::string text) : SharedText(std::make_shared<const std::string>(std::move(text))) {}
  /// Its characters are copied, in one allocation.
  static SharedText copy_of(std::string_view text) {
    const auto characters = std::make_shared_for_overwrite<char[]>(text.size());
    std::copy(text.begin(), text.end(), characters.get());
    return {std::shared_ptr<const char>(characters, characters.get()), text.size()};
  }

  /// Of what view() gives, which `part` must lie in.
  [[nodiscard]] SharedText part(std::string_view part) const {
    const std::less_equal<const char*> not_behind;
    if (!not_behind(begin_.get(), part.data()) ||
        !not_behind(part.data() + part.size(), begin_.get() + size_))
      throw std::logic_error("a part of a text lies outside of it");
    return {std::shared_ptr<const char>(begin_, part.data()), part.size()};
  }

  [[nodiscard]] std::string_view view() const { return {begin_.get(), size_}; }
  [[nodiscard]] std::string str() const { return std::string(view()); }
  [[nodiscard]] bool empty() const { return size_ == 0; }
  [[nodiscard]] std::size_t size() const { return size_; }

 private:
  friend class StringArena;
  SharedText(std::shared_ptr<const char> begin, std::size_t size) : begin_(std::move(begin)), size_(size) {}
  explicit SharedText(const std::shared_ptr<const std::string>& whole)
      : SharedText(std::shared_ptr<const char>(whole, whole->data()), whole->size()) {}

  std::shared_ptr<const char> begin_;  ///< owns the whole text that it points into
  std::size_t size_ = 0;
};

/// A text that hardly any of many values has, so that it takes the room of a pointer where it is empty.
class RareText {
 public:
  RareText() = default;
  RareText(std::string text)
      : text_(text.empty() ? nullptr : std::make_unique<const std::string>(std::move(text))) {}
  RareText(const char* text) : RareText(std::string(text)) {}
  RareText(const RareText& other) : RareText(other.str()) {}
  RareText(RareText&& other) noexcept = default;
  ~RareText() = default;
  RareText& operator=(RareText other) noexcept {
    text_ = std::move(other.text_);
    return *this;
  }

  [[nodiscard]] bool empty() const { return text_ == nullptr; }
  [[nodiscard]] const std::string& str() const {
    static const std::string none;
    return text_ ? *text_ : none;
  }
  operator const std::string&() const { return str(); }
  void clear() { text_.reset(); }
  friend bool operator==(const RareText& one, const RareText& other) { return one.str() == other.str(); }

 private:
  std::unique_ptr<const std::string> text_;
};

/// Keeps many texts close together: each is copied once, into a large block.
class StringArena {
 public:
  [[nodiscard]] SharedText keep(std::string_view text) {
    constexpr std::size_t usual = 256 * 1024;
    if (block_ == nullptr || block_->capacity() - block_->size() < text.size()) {
      block_ = std::make_shared<std::string>();
      block_->reserve(text.size() > usual / 4 ? text.size() : usual);
    }
    const auto begin = block_->size();
    block_->append(text);  // within its capacity: nothing of it moves
    return {std::shared_ptr<const char>(block_, block_->data() + begin), text.size()};
  }

 private:
  std::shared_ptr<std::string> block_;
};

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
