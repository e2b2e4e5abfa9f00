#include "cli/remedies.hpp"

#include <string_view>

namespace hookferry {
namespace {

std::string_view text_of(Remedy remedy) {
  switch (remedy) {
    case Remedy::none:
      return "";
    case Remedy::trust_or_certificate:
      return "--ca-file names a certificate authority of one's own, --client-cert a certificate where the "
             "server asks for one";
    case Remedy::trust_file:
      return "name a file with --ca-file";
    case Remedy::certificate_of_key:
      return "name it with --client-cert";
    case Remedy::other_proxy:
      return "check the proxy (--proxy, the section's proxy, HTTPS_PROXY): user and password stand in its "
             "URL, NO_PROXY names hosts that need none";
    case Remedy::longer_answers:
      return "raise --max-response if the account really holds that much";
    case Remedy::fewer_at_once:
      return "where it happens again, lower --concurrency";
    case Remedy::another_ledger:
      return "name another file with --ledger";
    case Remedy::accept_what_is_gone:
      return "if they were deleted by someone: --accept-shrunk";
    case Remedy::plan_anew:
      return "make it anew with hookferry diff --out";
  }
  return "";
}

}  // namespace

std::string what_to_try(const Failure& failure) {
  const std::string remedy(text_of(failure.remedy));
  return failure.hint.empty() || remedy.empty() ? failure.hint + remedy : failure.hint + "; " + remedy;
}

std::string line_of(const Failure& failure) {
  const auto hint = what_to_try(failure);
  return failure.what() + (hint.empty() ? std::string() : " - " + hint);
}

}  // namespace hookferry
