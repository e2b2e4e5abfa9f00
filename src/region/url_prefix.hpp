// The beginning of a URL, up to some segment of its path: what becomes of it, and where it stands in a text.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "json/edit.hpp"
#include "region/host_spans.hpp"

namespace hookferry {

struct UrlPrefix {
  std::string scheme;  ///< in lower case
  std::string host;    ///< in lower case
  std::string port;    ///< digits; empty where it is the scheme's own
  std::string path;    ///< "" or "/a/b": no slash at the end

  /// "https://host[:port][/path]". Nothing for anything else: userinfo, a query, a fragment, an IPv6 literal
  /// or a character that no URL in a text holds.
  static std::optional<UrlPrefix> parse(std::string_view text);
};

struct ReplacedPrefix {
  std::vector<json::Edit> edits;  ///< in the order of the text
  std::size_t end;                ///< where in the text the prefix ends
};

/// Where the URL whose host stands at `host` begins with `from` (its scheme, its whole host, its port, whole
/// segments of its path): the edits that make it begin with `to`. Userinfo and all that is behind stay;
/// slashes that are escaped (`https:\/\/`) become escaped ones; parts that are equal are not touched. Nothing
/// where it begins otherwise.
std::optional<ReplacedPrefix> replace_prefix(std::string_view text, const HostSpan& host,
                                             const UrlPrefix& from, const UrlPrefix& to);

}  // namespace hookferry
