// An account's webhooks as files for Terraform's `coralogix_webhook`. Pure.
//
// Source of the resource's attributes and of what the provider does with them: coralogix/coralogix 3.10.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "region/table.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::report {

struct NamedWebhook {
  std::string resource;  ///< the name of its resource
  webhook::Webhook webhook;
};

/// All webhooks of an account ordered by id, those without an id last. A name depends on all of them, so that
/// it stays the same if only some are written.
std::vector<NamedWebhook> named_by_alias(std::vector<webhook::Webhook> webhooks);

/// Each text is empty if there is nothing to write. None but `secrets` holds a secret, unless it is wanted.
struct TerraformFiles {
  std::string webhooks, imports, variables;  ///< HCL
  std::string secrets;                       ///< JSON for a .tfvars.json: the values of the variables
  std::size_t resources = 0, import_blocks = 0, secret_values = 0;
  // These are safe to print and begin with the webhook.
  std::vector<std::string> warnings;
  std::vector<std::string> left_out;  ///< what the provider cannot hold, and why
};

/// Webhooks of v1's form are converted to v5's first.
TerraformFiles render_terraform(const std::vector<NamedWebhook>& webhooks, bool inline_secrets);

/// The text of provider.tf. Without a region, the environment must name it.
std::string terraform_provider(const region::Region* region);

/// The text with a first line that holds its digest.
std::string with_terraform_digest(std::string_view text);
/// Whether the file is as with_terraform_digest() made it.
[[nodiscard]] bool has_terraform_digest(std::string_view file);
/// Whether the file is a JSON object all of whose names render_terraform() may have given.
[[nodiscard]] bool is_terraform_secrets(std::string_view file);

}  // namespace hookferry::report
