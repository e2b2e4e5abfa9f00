// What any API of an account can do. No path, status or other word of HTTP above it: a request ends as a
// Verdict, an account is read as a whole, a write ends with an outcome for each element.
//
// An API whose ids are no integers keeps a table of its own between them and the numbers that it shows.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "api/failure_class.hpp"
#include "net/client.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::api {

/// A request that changes an account: its elements are created or updated, or one webhook is deleted.
struct Write {
  struct Element {
    const webhook::Webhook* webhook;
    std::optional<std::int64_t> update_of;  ///< nothing: it is created
  };
  std::size_t ticket = 0;
  std::vector<Element> elements;
  std::optional<std::int64_t> removal;  ///< the id of what is deleted; there are no elements then
};

using webhook::GivenId;

/// A stream of writes.
using NextWrite = std::function<net::Next<Write>()>;
/// Is called with the outcome of a write. `ids`: with a verdict of `none`, one for each element, where the
/// answer tells it. A removal of what is not there is `none`.
using WriteAnswered = std::function<void(const Write&, const Verdict&, std::vector<GivenId> ids)>;

/// Takes the webhooks of an account one by one.
class WebhookSink {
 public:
  virtual ~WebhookSink() = default;
  /// A reading begins; what another one has shown does not count.
  virtual void begin() = 0;
  /// The digest of the webhook with this text, see webhook::append_own_text(); nullptr if it has to be
  /// computed. What comes back as it was sent is not read a second time.
  virtual const Sha256* known_digest(std::string_view own_text) const = 0;
  /// An object, with its digest.
  virtual void take(webhook::Webhook&& webhook) = 0;
};

class AccountApi {
 public:
  virtual ~AccountApi() = default;

  /// The form in which the API shows and takes webhooks. It may have to be asked for.
  virtual webhook::Form form() = 0;
  /// Whether one request may write several webhooks.
  virtual bool is_bulk() = 0;
  /// The URL that leads to this account by this API again.
  virtual std::string address() = 0;
  /// `take`: the webhooks are for elsewhere; `plan`: they are compared with what is to be there.
  enum class Purpose { take, plan };
  /// Whether a webhook is needed with its configuration, which an API may not show in its list. Empty: all
  /// are.
  using Needed = std::function<bool(const webhook::Webhook& listed)>;
  /// Asks already, so that two accounts are read at the same time; the next list() takes the answer.
  virtual void start_list() = 0;
  /// When the list that the next list() returns was asked for, if that was before.
  virtual std::optional<std::chrono::steady_clock::time_point> list_asked_at() const { return std::nullopt; }
  /// All webhooks of the account, ordered by id, those without one last; each is an object. Failure where
  /// that cannot be had.
  virtual std::vector<webhook::Webhook> list(Purpose purpose, const Needed& needed) = 0;
  /// Reads all webhooks to settle those that were sent, in the order in which they come. It is not
  /// given up on a signal, and an answer that makes no sense is asked for again.
  virtual void read_back(WebhookSink& sink) = 0;
  /// Uuids of webhooks that the ledgers know by number, for find().
  virtual void remember(const std::map<std::int64_t, std::string>& uuids) = 0;
  /// One try.
  virtual Presence find(std::int64_t id) = 0;
  /// Sends what `next` yields, which is asked whenever a connection is free, until its end and until every
  /// answer is in.
  virtual void write(const NextWrite& next, const WriteAnswered& answered, std::size_t connections) = 0;
  /// What the server's own clock shows now at least, in milliseconds since 1970, by the last response that
  /// said so.
  virtual std::optional<std::int64_t> server_now() const = 0;
};

/// Uses `first`, or `other` if the first one is not there. The first request to `first` finds that out.
std::unique_ptr<AccountApi> detected(std::unique_ptr<AccountApi> first, std::unique_ptr<AccountApi> other);

/// Failure(protocol) if webhooks have no id: nothing can be said of what arrives in such an account.
void require_ids(std::size_t without_id, const std::string& label);

/// The Failure for a class that cannot be got over: "cannot <what> (<where>): <verdict>".
Failure failure_of(const Verdict& verdict, const std::string& what, const std::string& where);

}  // namespace hookferry::api
