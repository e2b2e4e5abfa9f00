// Another parser's reading of random texts, value by value.
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <boost/test/unit_test.hpp>
#include <cstddef>
#include <optional>
#include <set>
#include <string>
#include <string_view>

#include "json/document.hpp"
#include "support/random_json.hpp"
#include "support/rooms.hpp"

namespace json = hookferry::json;
using hookferry::test::RandomJson;
using json::Document;
using json::Kind;

namespace {

std::optional<boost::json::value> read_by_other(const std::string& text) {
  boost::json::parse_options options;
  options.max_depth = json::max_depth;
  boost::json::error_code error;
  auto out = boost::json::parse(text, error, {}, options);
  return error ? std::nullopt : std::optional(std::move(out));
}

Kind kind_of(const boost::json::value& value) {
  switch (value.kind()) {
    case boost::json::kind::null:
      return Kind::null;
    case boost::json::kind::bool_:
      return Kind::boolean;
    case boost::json::kind::string:
      return Kind::string;
    case boost::json::kind::array:
      return Kind::array;
    case boost::json::kind::object:
      return Kind::object;
    default:
      return Kind::number;
  }
}

std::string_view text_of(const boost::json::string& string) { return {string.data(), string.size()}; }

std::size_t names_of(const json::Value& object) {
  std::set<std::string_view> out;
  const json::SortedMembers members(object);
  for (const auto& [name, value] : members) out.insert(name);
  return out.size();
}

/// Of members with one name the other parser has the last.
bool agree(const json::Value& ours, const boost::json::value& other) {
  if (ours.kind() != kind_of(other)) return false;
  switch (ours.kind()) {
    case Kind::boolean:
      return (ours.text() == "true") == other.get_bool();
    case Kind::number:
      return !other.is_int64() || ours.text() == "-0" || ours.integer() == other.get_int64();
    case Kind::string:
      return ours.string() == text_of(other.get_string()) && json::decode(ours.text()) == ours.string() &&
             json::decode_with_offsets(ours.text()).text == ours.string() && ours.is_string(ours.string());
    case Kind::array: {
      const auto elements = ours.elements();
      const auto& others = other.get_array();
      bool same = elements.size() == others.size();
      for (std::size_t i = 0; same && i < elements.size(); ++i) same = agree(elements[i], others[i]);
      return same;
    }
    case Kind::object: {
      bool same = names_of(ours) == other.get_object().size();
      for (const auto& [name, value] : other.get_object()) {
        const auto found = ours.find({name.data(), name.size()});
        same = same && found && agree(*found, value);
      }
      return same;
    }
    default:
      return true;
  }
}

/// Which the other parser refuses.
bool may_hold_lone_surrogate(std::string_view text) {
  for (auto at = text.find("\\u"); at != std::string_view::npos; at = text.find("\\u", at + 1))
    if (at + 2 < text.size() && (text[at + 2] == 'd' || text[at + 2] == 'D')) return true;
  return false;
}

/// A byte or two of it otherwise.
std::string damaged(std::string text, RandomJson& random) {
  constexpr std::string_view bytes = "\"\\{}[],:0129-+.eEu/ntx \n\x01\x7F\x80\xC3\xA9\xED\xA0\xF4\xFF";
  for (auto edits = 1 + random.below(2); edits > 0; --edits) {
    const auto at = random.below(text.size() + 1);
    const auto byte =
        random.below(4) == 0 ? static_cast<char>(random.below(256)) : bytes[random.below(bytes.size())];
    if (at == text.size() || random.below(3) == 0)
      text.insert(at, 1, byte);
    else if (random.below(2) == 0)
      text.erase(at, 1);
    else
      text[at] = byte;
  }
  return text;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(json_oracle)

BOOST_AUTO_TEST_CASE(every_value_of_a_random_text_is_what_another_parser_reads) {
  for (unsigned seed = 300'000; seed < 310'000; ++seed) {
    RandomJson random(seed);
    const auto text = random.document();
    const auto ours = Document::try_over(text);
    const auto other = read_by_other(text);
    if (!ours || !other || !agree(ours->root(), *other)) BOOST_ERROR("seed " << seed << ": " << text);
  }
}

BOOST_AUTO_TEST_CASE(damaged_texts_are_read_or_refused_as_by_another_parser) {
  std::size_t read = 0;
  std::size_t refused = 0;
  Document again;
  for (unsigned seed = 400'000; seed < 420'000; ++seed) {
    RandomJson random(seed);
    const auto text = damaged(random.document(), random);
    const auto ours = Document::try_over(text);
    const auto other = read_by_other(text);
    ours ? ++read : ++refused;
    const bool same = ours && other ? agree(ours->root(), *other)
                                    : (!ours && !other) || (ours && may_hold_lone_surrogate(text));
    if (!same) BOOST_ERROR("seed " << seed << ": " << text);
    if (again.try_reparse(text) != ours.has_value() || (ours && again.root().text() != ours->root().text()))
      BOOST_ERROR("seed " << seed << ", read with the memory of another: " << text);
  }
  BOOST_TEST(read > 2'000u);  // else it proves nothing
  BOOST_TEST(refused > 2'000u);
}

BOOST_AUTO_TEST_SUITE_END()
