#include "sandbox/api_request.hpp"

#include <charconv>
#include <string_view>

#include "core/letter_case.hpp"
#include "json/document.hpp"

namespace hookferry {
namespace {

constexpr std::string_view all_path = "/api/v1/external/integrations";
constexpr std::string_view bulk_path = "/api/v1/external/integrations-bulk";

void read_path(std::string path, ApiRequest& out) {
  if (path.ends_with('/')) path.pop_back();
  if (path == all_path) out.path = ApiRequest::Path::all;
  if (path == bulk_path) out.path = ApiRequest::Path::bulk;
  const auto prefix = std::string(all_path) + "/";
  if (!path.starts_with(prefix)) return;
  const auto* end = path.data() + path.size();
  const auto result = std::from_chars(path.data() + prefix.size(), end, out.id);
  if (result.ec == std::errc() && result.ptr == end) out.path = ApiRequest::Path::one;
}

void read_body(const std::string& body, ApiRequest& out) {
  const auto document = json::Document::try_parse(body);
  const bool bulk = out.path == ApiRequest::Path::bulk;
  if (!document || (bulk && !document->root().is(json::Kind::array))) return;
  out.readable = true;
  const auto elements = bulk ? document->root().elements() : std::vector<json::Value>{document->root()};
  for (const auto& element : elements) {
    out.elements.emplace_back(element.text());
    const auto alias = element.find("alias");
    out.aliases.push_back(alias ? alias->string() : std::string());
  }
}

}  // namespace

ApiRequest read_api_request(const SandboxRequest& request) {
  ApiRequest out;
  out.method = request.method;
  read_path(request.path, out);
  if (request.method == "POST") read_body(request.body, out);
  return out;
}

std::string bearer_key(const std::string& authorization) {
  constexpr std::string_view scheme = "bearer ";
  if (!same_letters(std::string_view(authorization).substr(0, scheme.size()), scheme)) return {};
  return authorization.substr(scheme.size());
}

}  // namespace hookferry
