// A part of a text that stays where it is for as long as anybody holds a part of it.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace hookferry {

/// A view that keeps what it looks at. Copying one copies no characters.
class Slice : public std::string_view {
 public:
  Slice() = default;
  /// Of a text of its own.
  Slice(std::string text) : Slice(std::make_shared<const std::string>(std::move(text))) {}
  Slice(const char* text) : Slice(std::string(text)) {}
  /// `part` lies in `whole`.
  Slice(std::shared_ptr<const std::string> whole, std::string_view part)
      : std::string_view(part), whole_(std::move(whole)) {}

  std::string_view view() const { return *this; }
  std::string str() const { return std::string(view()); }

 private:
  explicit Slice(std::shared_ptr<const std::string> whole)
      : std::string_view(*whole), whole_(std::move(whole)) {}

  std::shared_ptr<const std::string> whole_;
};

/// Keeps many texts close together: each is copied once, into a large block.
class SliceKeeper {
 public:
  Slice keep(std::string_view text) {
    if (block_ == nullptr || block_->capacity() - block_->size() < text.size()) open_block(text.size());
    const auto begin = block_->size();
    block_->append(text);  // within its capacity: nothing of it moves
    return {block_, std::string_view(*block_).substr(begin)};
  }

 private:
  void open_block(std::size_t least) {
    constexpr std::size_t usual = 256 * 1024;
    block_ = std::make_shared<std::string>();
    block_->reserve(least > usual / 4 ? least : usual);
  }

  std::shared_ptr<std::string> block_;
};

}  // namespace hookferry
