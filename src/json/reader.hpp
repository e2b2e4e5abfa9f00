// Reads JSON of a certain form. An error names the place: "regions[2].services.api: a string is expected".
#pragma once

#include <algorithm>
#include <initializer_list>
#include <set>

#include "core/text.hpp"
#include "json/document.hpp"

namespace hookferry::json {

/// A value is missing or is not what the reader expects. what() names place and problem, and quotes no value.
struct FormError : std::runtime_error {
  FormError(const std::string& path, const std::string& problem, std::string_view its_member)
      : std::runtime_error(path.empty() ? problem : path + ": " + problem), member(its_member) {}
  std::string member;  ///< the name of the member that is missing or wrong
};

/// A value together with its path. The document must outlive it.
class Reader {
 public:
  explicit Reader(const Value& value, std::string path = {}) : value_(value), path_(std::move(path)) {}

  [[noreturn]] void fail(const std::string& problem) const {
    throw FormError(path_, problem, path_.substr(path_.rfind('.') + 1));
  }

  std::string text() const {
    if (!value_.is(Kind::string)) fail("a string is expected");
    return value_.string();
  }

  std::int64_t integer() const {
    const auto out = value_.integer();
    if (!out) fail("an integer is expected");
    return *out;
  }

  std::vector<Reader> elements() const {
    if (!value_.is(Kind::array)) fail("an array is expected");
    std::vector<Reader> out;
    value_.each_element([&](const Value& element) {
      out.emplace_back(element, path_ + "[" + std::to_string(out.size()) + "]");
    });
    return out;
  }

  /// Members in the order of the text. A name that stands twice is an error.
  std::vector<std::pair<std::string, Reader>> members() const {
    if (!value_.is(Kind::object)) fail("an object is expected");
    std::vector<std::pair<std::string, Reader>> out;
    std::set<std::string> names;
    value_.each_member([&](const Value& key, const Value& value) {
      out.emplace_back(key.string(), child(key.string(), value));
      if (!names.insert(out.back().first).second) out.back().second.fail("stands there twice");
    });
    return out;
  }

  /// Fails unless the value is an object with no other members than these.
  void allow_only(std::initializer_list<std::string_view> known) const {
    for (const auto& [name, member] : members())
      if (std::ranges::find(known, name) == known.end()) member.fail("no such member is known");
  }

  /// The member of that name. Fails if there is none.
  Reader at(std::string_view name) const {
    const auto found = value_.find(name);
    if (!found) throw FormError(path_, "\"" + std::string(name) + "\" is missing", name);
    return child(name, *found);
  }

  /// Nothing if the member is missing or null. The same holds for the two functions below.
  [[nodiscard]] std::optional<Reader> find(std::string_view name) const {
    const auto found = value_.find(name);
    return found && !found->is(Kind::null) ? std::optional(child(name, *found)) : std::nullopt;
  }
  std::string optional_text(std::string_view name) const {
    const auto found = find(name);
    return found ? found->text() : std::string();
  }
  std::optional<std::int64_t> optional_integer(std::string_view name) const {
    const auto found = find(name);
    return found ? std::optional(found->integer()) : std::nullopt;
  }

  /// Empty if the member is missing. A null is an error.
  std::vector<Reader> optional_elements(std::string_view name) const {
    return value_.find(name) ? at(name).elements() : std::vector<Reader>();
  }

 private:
  Reader child(std::string_view name, const Value& value) const {
    return Reader(value, (path_.empty() ? "" : path_ + ".") + printable(name));
  }

  Value value_;
  std::string path_;
};

}  // namespace hookferry::json
