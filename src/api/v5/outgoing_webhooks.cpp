#include "api/v5/outgoing_webhooks.hpp"

#include <algorithm>
#include <chrono>
#include <ctime>
#include <utility>

#include "core/failure.hpp"
#include "core/text.hpp"
#include "json/build.hpp"
#include "json/document.hpp"

namespace hookferry::api {

bool is_no_such_webhook(const net::Response& response) {
  if (response.status != 404) return false;
  const auto document = json::Document::try_parse(response.body, answer_limits(response.body.size()));
  const auto message = document ? document->root().find("message") : std::nullopt;
  const auto text = document ? (message ? message->string() : std::string()) : response.body;
  std::string_view rest = text;
  return next_part(rest, ":") == "Not Found" && !rest.empty() &&
         trimmed(next_part(rest, "\n")) != "Not Found";
}

namespace {

using json::Kind;

using Clock = std::chrono::steady_clock;

/// A target that was read longer ago is read again before it is written.
constexpr std::chrono::seconds oldest_target{5};

std::string path_of_uuid(const std::string& uuid) { return newer_webhooks_path + "/" + uuid; }

/// Whether the text can stand in a path: a UUID, or what else the server gives its webhooks for an id.
bool is_path_segment(std::string_view id) {
  const auto sound = [](char c) { return is_digit(c) || is_letter(c) || c == '-' || c == '_'; };
  return !id.empty() && id.size() <= 100 && std::ranges::all_of(id, sound);
}

/// A refusal of this API. Where it has no such path, something else answers there.
Verdict judge_reply(const net::Reply& reply, std::string_view sent = {}) {
  auto out = judge(reply, std::time(nullptr), sent);
  const auto* response = std::get_if<net::Response>(&reply);
  if (response == nullptr || response->status != 404 || is_no_such_webhook(*response)) return out;
  out.classify(FailureClass::not_this_api);
  return out;
}

/// The JSON object that the response is; nothing if it is none.
std::optional<json::Document> object_in(const net::Response& response) {
  auto out = json::Document::try_parse(response.body, answer_limits(response.body.size()));
  return out && out->root().is(Kind::object) ? std::move(out) : std::nullopt;
}

}  // namespace

std::vector<OutgoingWebhooks::Known> OutgoingWebhooks::listed_in(const net::Response& response,
                                                                 const std::string& where) {
  const auto document = object_in(response);
  const auto listed = document ? document->root().find("deployed") : std::nullopt;
  // A server may leave out an empty list.
  const bool is_list = listed ? listed->is(Kind::array) : document && document->root().members().empty();
  const auto refuse = [&] {
    throw Failure(Cause::bad_data, where + " is not a JSON object with a list \"deployed\"",
                  "check that the account's address is that of the newer webhooks API");
  };
  if (!is_list) refuse();
  std::vector<Known> out;
  if (!listed) return out;
  listed->each_element([&](const json::Value& row) {
    if (!row.is(Kind::object)) refuse();
    auto webhook =
        webhook::read_webhook(row, limits_of_a_webhook, webhook::Digest::at_once, webhook::Form::v5);
    webhook.is_only_listed = true;
    out.push_back({sha256(json::canonical(row)), std::move(webhook)});
  });
  return out;
}

std::vector<OutgoingWebhooks::Known> OutgoingWebhooks::read_list(bool settling) {
  std::vector<Known> out;
  const auto understand = [&](const net::Response& response, const std::string& where) -> std::string {
    out = listed_in(response, where);
    std::set<std::string> uuids;
    std::vector<std::int64_t> numbers;
    for (const auto& [row, webhook, read_at] : out) {
      if (!webhook.id) return "a webhook has no externalId that is a 64-bit integer";
      const auto number = "the webhook with id " + std::to_string(*webhook.id);
      if (!is_path_segment(webhook.uuid.str())) return number + " has no UUID";
      if (!uuids.insert(webhook.uuid).second) return number + " has the UUID of another one";
      numbers.push_back(*webhook.id);
    }
    std::ranges::sort(numbers);
    return repeated_id(numbers);
  };
  session_.read({newer_webhooks_path, understand, settling});
  std::ranges::sort(out, {}, [](const Known& row) { return *row.webhook.id; });
  for (const auto& row : out) uuids_[*row.webhook.id] = row.webhook.uuid;
  return out;
}

/// Reads the row's webhook from the response. Returns why that is not this webhook, or nothing.
std::string OutgoingWebhooks::understand_webhook(const net::Response& response, Known& row) const {
  const auto document = object_in(response);
  const auto value = document ? document->root().find("webhook") : std::nullopt;
  if (!value || !value->is(Kind::object)) return "it has no webhook";
  auto webhook =
      webhook::read_webhook(*value, limits_of_a_webhook, webhook::Digest::at_once, webhook::Form::v5);
  if (webhook.uuid != row.webhook.uuid || webhook.id != row.webhook.id)
    return "it shows another webhook than id " + std::to_string(*row.webhook.id);
  row.webhook = std::move(webhook);
  row.read_at = response.header_at;
  return {};
}

/// Reads each of the rows. Returns the UUIDs of those that are not there any more.
std::set<std::string> OutgoingWebhooks::read_configurations(std::vector<Known>& rows, bool settling) {
  std::set<std::string> gone;
  std::size_t bytes = 0;
  std::vector<Session::Read> reads;
  for (auto& row : rows) {
    const auto understand = [&](const net::Response& response, const std::string& where) {
      bytes += response.body.size();
      if (bytes > session_.client().options().max_response)
        throw Failure(Cause::protocol, where + " and those before it are too large together",
                      Remedy::longer_answers);
      return understand_webhook(response, row);
    };
    const auto is_gone = [&](const net::Response& response) {
      return is_no_such_webhook(response) && gone.insert(row.webhook.uuid).second;
    };
    reads.push_back({path_of_uuid(row.webhook.uuid), understand, settling, nullptr, is_gone,
                     "the webhook that was asked for"});
  }
  session_.read_each(reads, at_a_time_);
  return gone;
}

/// One snapshot: the list, and each webhook that is wanted. What is not wanted is as it was known before.
std::vector<webhook::Webhook> OutgoingWebhooks::read(bool settling, const Wanted& wanted) {
  auto rows = read_list(settling);
  std::vector<Known> to_read;
  for (auto& row : rows) {
    const auto known = known_.find(row.webhook.uuid);
    const bool changed = known == known_.end() || known->second.row != row.row;
    if (wanted(row.webhook, changed))
      to_read.push_back(row);
    else if (!changed)
      row = known->second;
  }
  for (std::size_t attempt = 0;; ++attempt) {
    const auto gone = read_configurations(to_read, settling);
    for (const auto& row : to_read)
      if (!gone.contains(row.webhook.uuid)) {
        const auto place = std::ranges::lower_bound(rows, row.webhook.id, {},
                                                    [](const Known& one) { return one.webhook.id; });
        *place = row;
      }
    if (gone.empty()) break;
    // What was deleted after the list was read is left out if a second list agrees.
    std::set<std::string> shown;
    for (const auto& row : read_list(settling)) shown.insert(row.webhook.uuid);
    const auto is_gone = [&](const Known& row) {
      return gone.contains(row.webhook.uuid) && !shown.contains(row.webhook.uuid);
    };
    std::erase_if(rows, is_gone);
    std::erase_if(to_read,
                  [&](const Known& row) { return !gone.contains(row.webhook.uuid) || is_gone(row); });
    if (to_read.empty()) break;
    if (attempt >= session_.retries())
      throw Failure(Cause::protocol,
                    printable(session_.account().label) + " lists the webhook with id " +
                        std::to_string(*to_read.front().webhook.id) + ", and responds that it is not there",
                    "try again later");
    session_.pause(retry_delay(attempt, std::nullopt, random_fraction()), settling);
  }
  std::vector<webhook::Webhook> out;
  for (auto& row : rows) {
    out.push_back(row.webhook);
    known_.insert_or_assign(row.webhook.uuid, std::move(row));
  }
  return out;
}

std::vector<webhook::Webhook> OutgoingWebhooks::list(Purpose /*purpose*/, const Needed& needed) {
  return read(false, [&](const webhook::Webhook& listed, bool) { return !needed || needed(listed); });
}

void OutgoingWebhooks::read_back(WebhookSink& sink) {
  auto webhooks = read(true, [&](const webhook::Webhook& listed, bool changed) {
    return changed || created_.contains(listed.identity) || updated_.contains(*listed.id);
  });
  sink.begin();
  for (auto& webhook : webhooks) sink.take(std::move(webhook));
}

void OutgoingWebhooks::remember(const std::map<std::int64_t, std::string>& uuids) {
  for (const auto& [number, uuid] : uuids)
    if (is_path_segment(uuid)) uuids_.emplace(number, uuid);
}

Presence OutgoingWebhooks::find(std::int64_t id) {
  const auto uuid = uuids_.find(id);
  if (uuid == uuids_.end()) return Presence::unknown;
  const auto reply = session_.send(path_of_uuid(uuid->second));
  const auto* response = std::get_if<net::Response>(&reply);
  if (response == nullptr) return Presence::unknown;
  if (is_no_such_webhook(*response)) return Presence::gone;
  Known row;
  row.webhook.uuid = uuid->second;
  row.webhook.id = id;
  const bool shows = response->status == 200 && understand_webhook(*response, row).empty();
  return shows ? Presence::there : Presence::unknown;
}

/// The request, with what it is about remembered: later snapshots show it as it is then.
net::Request OutgoingWebhooks::request_of(const Write& write) {
  if (write.removal) return session_.request("DELETE", path_of_uuid(uuids_.at(*write.removal)));
  const auto& [webhook, update_of] = write.elements.front();
  const auto data = "\"data\":" + std::string(webhook->text.view()) + "}";
  if (!update_of) {
    created_.insert(webhook->identity);
    return session_.request("POST", newer_webhooks_path, "{" + data);
  }
  updated_.insert(*update_of);
  return session_.request("PUT", newer_webhooks_path,
                          "{\"id\":" + json::encode(uuids_.at(*update_of)) + "," + data);
}

net::Job OutgoingWebhooks::job_of(Write write, const WriteAnswered& answered) {
  auto request = request_of(write);
  const auto body = request.body;
  const auto respond = [this, &answered, body, write = std::move(write)](const net::Reply& reply) {
    session_.note_clock(reply);
    const auto* response = std::get_if<net::Response>(&reply);
    // A server may quote what it refuses.
    auto verdict = judge_reply(reply, response != nullptr && response->status >= 400 ? body : "");
    std::vector<GivenId> ids;
    if (write.removal) {
      if (response != nullptr && is_no_such_webhook(*response)) verdict = {};
    } else if (verdict.failure == FailureClass::none) {
      const auto update_of = write.elements.front().update_of;
      const auto document = object_in(*response);
      const auto uuid = document ? document->root().find(webhook::member::id) : std::nullopt;
      const bool confirms = update_of ? document || trimmed(response->body).empty()
                                      : uuid && uuid->is(Kind::string) && is_path_segment(uuid->string());
      if (confirms) {
        ids.push_back({update_of, update_of ? uuids_.at(*update_of) : uuid->string()});
      } else {
        verdict.failure = FailureClass::unknown;
        verdict.reason = "the answer does not confirm what was sent";
      }
    }
    answered(write, verdict, std::move(ids));
  };
  return {std::move(request), respond};
}

/// Reads the target of a write again, and puts the write into `checked` if it is as it was known.
net::Job OutgoingWebhooks::check_of(Write write, const WriteAnswered& answered, std::deque<Write>& checked) {
  const auto number = write.removal ? *write.removal : *write.elements.front().update_of;
  const auto respond = [this, &answered, &checked, number,
                        write = std::move(write)](const net::Reply& reply) {
    session_.note_clock(reply);
    const auto* response = std::get_if<net::Response>(&reply);
    auto verdict = judge_reply(reply);
    auto& known = known_.at(uuids_.at(number));
    if (verdict.failure == FailureClass::none) {
      auto now = known;
      verdict.reason = understand_webhook(*response, now);
      const bool same = webhook::digest_of(now.webhook) == webhook::digest_of(known.webhook) &&
                        now.webhook.updated_at == known.webhook.updated_at;
      if (verdict.reason.empty() && same) {
        known.read_at = Clock::now();
        return checked.push_back(write);
      }
      verdict.failure = verdict.reason.empty() ? FailureClass::refused : FailureClass::not_sent;
      if (verdict.reason.empty())
        verdict.reason = "another client has changed it since the plan was made; left unchanged";
    } else if (response != nullptr && is_no_such_webhook(*response) && write.removal) {
      verdict = {};
    } else if (verdict.failure == FailureClass::unknown) {
      verdict.failure = FailureClass::not_sent;
    }
    verdict.in_doubt = false;
    answered(write, verdict, {});
  };
  return {session_.request("GET", path_of_uuid(uuids_.at(number))), respond};
}

void OutgoingWebhooks::write(const NextWrite& next, const WriteAnswered& answered, std::size_t connections) {
  std::deque<Write> checked;
  const auto next_job = [&]() -> net::Next<net::Job> {
    if (!checked.empty()) {
      auto write = std::move(checked.front());
      checked.pop_front();
      return job_of(std::move(write), answered);
    }
    auto step = next();
    if (const auto* wait = std::get_if<Milliseconds>(&step)) return *wait;
    auto* write = std::get_if<Write>(&step);
    if (write == nullptr) return net::End{};
    const auto target = write->removal ? write->removal : write->elements.front().update_of;
    const bool is_young = !target || known_.at(uuids_.at(*target)).read_at + oldest_target > Clock::now();
    return is_young ? job_of(std::move(*write), answered) : check_of(std::move(*write), answered, checked);
  };
  session_.client().run(session_.account().endpoint, next_job, connections);
}

Verdict OutgoingWebhooks::test(const std::string& uuid) {
  return test(session_.request("GET", path_of_uuid(uuid) + "/test"));
}

Verdict OutgoingWebhooks::test(const webhook::Webhook& webhook) {
  return test(session_.request("POST", newer_api_path + "/integrations/webhooks-test/v1",
                               "{\"data\":" + std::string(webhook.text.view()) + "}"));
}

Verdict OutgoingWebhooks::test(const net::Request& request) {
  auto& client = session_.client();
  const auto reply =
      client.finish(client.start(session_.account().endpoint, request, net::Client::OnInterrupt::abandon));
  auto out = judge_reply(reply, request.body);
  if (out.failure != FailureClass::none) return out;
  auto response = std::get<net::Response>(reply);
  const auto document = object_in(response);
  if (document && document->root().find("success")) return out;
  const auto failed = document ? document->root().find("failure") : std::nullopt;
  if (failed) {  // it has the receiver's status, and texts
    const auto status = failed->find("statusCode");
    response.body = std::string(failed->text());
    response.status = 400;
    out = judge(response, std::time(nullptr), request.body);
    out.reason = "the receiver did not take the message";
    if (status && status->integer()) out.reason += " (HTTP " + std::to_string(*status->integer()) + ")";
  } else {
    out.failure = FailureClass::unknown;
    out.reason = "the response does not say whether the receiver took the message";
  }
  return out;
}

}  // namespace hookferry::api
