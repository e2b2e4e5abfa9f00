#include "migration/uuids.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <functional>
#include <optional>

#include "core/letter_case.hpp"
#include "json/build.hpp"
#include "json/document.hpp"
#include "json/edit.hpp"

namespace hookferry {
namespace {

/// The project's own namespace for version 5 UUIDs; it must never change.
constexpr const char* uuid_namespace = "6b1f0c57-9f0e-5d55-8c1a-2d7d1f6f4b10";

std::string derive(const std::string& destination, const std::string& old_uuid) {
  const boost::uuids::name_generator_sha1 generate(boost::uuids::string_generator()(uuid_namespace));
  return boost::uuids::to_string(generate(destination + "\n" + old_uuid));
}

bool is_uuid_text(const std::optional<json::Value>& value) {
  return value && value->is(json::Kind::string) && !value->string().empty();
}

/// A place of the uuid, and how an edit of it gets into the text around.
struct Place {
  std::string old_uuid;
  std::function<void(const std::string& literal, std::vector<json::Edit>& edits)> replace;
};

Place plain_place(const json::Value& uuid) {
  return {uuid.string(), [begin = uuid.begin(), end = uuid.end()](const std::string& literal, auto& edits) {
            edits.push_back({begin, end, literal});
          }};
}

/// A payload may be an object, or a string that holds one.
std::optional<Place> place_in_payload(const json::Value& payload) {
  if (const auto uuid = payload.find("uuid"); is_uuid_text(uuid)) return plain_place(*uuid);
  if (!payload.is(json::Kind::string)) return std::nullopt;
  const auto decoded = json::decode_with_offsets(payload.text());
  const auto inner = json::Document::try_parse(decoded.text);
  const auto uuid = inner ? inner->root().find("uuid") : std::nullopt;
  if (!is_uuid_text(uuid)) return std::nullopt;
  const auto replace = [decoded, at = payload.begin(), begin = uuid->begin(), end = uuid->end()](
                           const std::string& literal, std::vector<json::Edit>& edits) {
    for (auto& edit : json::lift({{begin, end, literal}}, decoded, at)) edits.push_back(std::move(edit));
  };
  return Place{uuid->string(), replace};
}

}  // namespace

namespace {

/// Those of fields first: they are the webhook's own.
std::vector<Place> places_in(std::string_view fields) {
  const auto document = json::Document::try_parse(std::string(fields));
  if (!document) return {};
  std::vector<Place> places;
  std::vector<Place> in_payloads;
  for (const auto& field : document->root().elements()) {
    const auto name = field.find("name");
    const auto value = field.find("value");
    if (!name || !value) continue;
    if (name->string() == "uuid" && is_uuid_text(value)) places.push_back(plain_place(*value));
    if (name->string() != "payload") continue;
    if (auto place = place_in_payload(*value)) in_payloads.push_back(std::move(*place));
  }
  places.insert(places.end(), in_payloads.begin(), in_payloads.end());
  return places;
}

}  // namespace

std::string uuid_in(std::string_view fields) {
  if (fields.find("uuid") == std::string_view::npos) return {};
  const auto places = places_in(fields);
  return places.empty() ? std::string() : lower_ascii(places.front().old_uuid);
}

std::vector<json::Edit> fresh_uuid_edits(std::string_view fields, const std::string& destination) {
  const auto places = places_in(fields);
  std::vector<json::Edit> edits;
  if (places.empty()) return edits;
  const auto fresh = json::encode(derive(destination, places.front().old_uuid));
  for (const auto& place : places) place.replace(fresh, edits);
  return edits;
}

}  // namespace hookferry
