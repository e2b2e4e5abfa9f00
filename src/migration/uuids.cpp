#include "migration/uuids.hpp"

#include <boost/uuid/name_generator_sha1.hpp>
#include <boost/uuid/string_generator.hpp>
#include <boost/uuid/uuid_io.hpp>
#include <optional>

#include "json/text.hpp"

namespace hookferry {
namespace {

/// The project's own namespace for version 5 UUIDs; it must never change.
constexpr const char* uuid_namespace = "6b1f0c57-9f0e-5d55-8c1a-2d7d1f6f4b10";

std::string derive(const std::string& destination, const std::string& old_uuid) {
  const boost::uuids::name_generator_sha1 generate(boost::uuids::string_generator()(uuid_namespace));
  return boost::uuids::to_string(generate(destination + "\n" + old_uuid));
}

std::optional<json::Value> non_empty_string(const std::optional<json::Value>& value) {
  return value && value->is(json::Kind::string) && !value->string().empty() ? value : std::nullopt;
}

}  // namespace

std::vector<json::Edit> fresh_uuid_edits(std::string_view fields, const std::string& destination) {
  const auto document = json::Document::try_parse(std::string(fields));
  if (!document) return {};
  std::vector<json::Value> places;
  std::optional<json::Value> in_payload;
  for (const auto& field : document->root().elements()) {
    const auto name = field.find("name");
    const auto value = field.find("value");
    if (!name || !value) continue;
    if (name->string() == "uuid" && non_empty_string(value)) places.push_back(*value);
    if (name->string() == "payload") in_payload = non_empty_string(value->find("uuid"));
  }
  if (in_payload) places.push_back(*in_payload);
  std::vector<json::Edit> edits;
  for (const auto& place : places)
    edits.push_back({place.begin(), place.end(), json::encode(derive(destination, places.front().string()))});
  return edits;
}

}  // namespace hookferry
