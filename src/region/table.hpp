// The regions of Coralogix and the hosts of their services, as data.
//
// Sources of the built-in table: names and API hosts of the five regions of 2023 are from the vendor's
// webhooks guide, January 2023; codes, domains, team hosts, ingress and management hosts from the vendor's
// domain pages; hosts that are only recognised, never written, from URLs that accounts were seen to hold.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace hookferry::region {

/// One service of a region. All hosts are in lower case.
struct ServiceHosts {
  std::string service;            ///< "api", "ingress", …
  std::string guide;              ///< as in the guide of 2023, `api.coralogix.us`; empty where it has none
  std::string domain;             ///< by the domain rule of 2024, `api.us1.coralogix.com`
  std::vector<std::string> also;  ///< further spellings, recognised in a source and never written

  const std::string& preferred() const { return guide.empty() ? domain : guide; }
  bool has(std::string_view host) const;  ///< in any form and letter case
};

struct Region {
  std::string code;    ///< "eu1"
  std::string name;    ///< the guide's, "Sweden"; empty for a region that the guide does not list
  std::string cloud;   ///< "AWS eu-north-1"
  std::string domain;  ///< since 2024
  std::vector<ServiceHosts> services;
  std::vector<std::string>
      team_suffixes;                 ///< what follows a team's name: "coralogix.com", "app.coralogix.us"
  std::string private_host;          ///< the API over a private link; may be empty
  std::vector<std::string> domains;  ///< every domain it is known by, the present one first

  /// The host to call: the guide's where it lists the region, else `api.<domain>`.
  std::string api_host() const;
  /// The host of the vendor's newer API: `api.<domain>` in every region.
  std::string newer_api_host() const;
  const ServiceHosts* service(std::string_view service_name) const;
  bool has_host(std::string_view host) const;  ///< of any service, in any form and letter case
};

class RegionTable {
 public:
  /// `origin` names the data in errors. Throws Failure(Cause::configuration) for text that is not such a
  /// table, an unknown member, and a code, name, domain or host that two regions claim.
  static RegionTable parse(std::string_view json, const std::string& origin);
  static RegionTable builtin();

  const std::vector<Region>& regions() const { return regions_; }

  /// Finds a region by its code, the guide's name, a domain or a service host, in any case; nullptr if none.
  const Region* find(std::string_view name) const;
  /// Finds a region by a service host alone, the whole of it.
  const Region* find_by_host(std::string_view host) const;

 private:
  std::vector<Region> regions_;
};

/// The text of configs/regions.json, which the build puts into the binary.
std::string_view builtin_regions_json();

}  // namespace hookferry::region
