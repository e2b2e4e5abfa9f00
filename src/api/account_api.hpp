// What any API of an account can do. No path, status or other word of HTTP above it: a request ends as a
// Verdict, an account is read as a whole, a write tells what became of each element.
//
// An API without bulk requests writes the elements of a batch one by one and answers for all of them; one
// whose ids are no integers keeps a table of its own between them and these.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <variant>
#include <vector>

#include "api/failure_class.hpp"
#include "webhook/webhook.hpp"

namespace hookferry::api {

/// A stream of writes: asked whenever a connection is free.
class WriteQueue {
 public:
  struct Nothing {};
  struct Wait {
    Milliseconds time;
  };
  struct Element {
    const webhook::Webhook* webhook;
    std::optional<std::int64_t> update_of;  ///< nothing: it is created
  };
  struct Batch {
    std::size_t ticket;
    std::vector<Element> elements;
  };
  struct Removal {
    std::size_t ticket;
    std::int64_t id;
  };
  using Step = std::variant<Nothing, Wait, Batch, Removal>;

  virtual ~WriteQueue() = default;
  virtual Step next() = 0;
  /// `ids`: with a verdict of `none`, one for each element, where the answer tells it. A removal of what is
  /// not there is `none`.
  virtual void answered(std::size_t ticket, const Verdict& verdict,
                        std::vector<std::optional<std::int64_t>> ids) = 0;
};

/// Takes the webhooks of an account one by one.
class WebhookSink {
 public:
  virtual ~WebhookSink() = default;
  /// A reading begins; what another one has shown does not count.
  virtual void begin() = 0;
  /// An object, with its digest.
  virtual void take(webhook::Webhook&& webhook) = 0;
};

class AccountApi {
 public:
  virtual ~AccountApi() = default;

  /// `take`: the webhooks are for elsewhere; `plan`: they are compared with what is to be there.
  enum class Purpose { take, plan };
  /// Asks already, so that two accounts are read at the same time; the next list() takes the answer.
  virtual void start_list() = 0;
  /// All webhooks of the account, ordered by id, those without one last; each is an object. Failure where
  /// that cannot be had.
  virtual std::vector<webhook::Webhook> list(Purpose purpose) = 0;
  /// The same to decide what becomes of webhooks already sent, in the order in which they come. It is not
  /// given up on a signal, and an answer that makes no sense is asked for again.
  virtual void read_back(WebhookSink& sink) = 0;
  /// One try.
  virtual Presence find(std::int64_t id) = 0;
  /// Until the queue has nothing more to do and every answer is in.
  virtual void write(WriteQueue& queue, std::size_t connections) = 0;
};

/// Failure(protocol) where one has no id: nothing can be said of what arrives in such an account.
void require_ids(const std::vector<webhook::Webhook>& webhooks, const std::string& label);
/// The same where so many have none.
void require_ids(std::size_t without_id, const std::string& label);

/// The Failure for a class that cannot be got over: "cannot <what> (<where>): <verdict>".
Failure failure_of(const Verdict& verdict, const std::string& what, const std::string& where);

}  // namespace hookferry::api
