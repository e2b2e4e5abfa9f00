// What a reply means for the request that it answers.
#pragma once

#include <ctime>

#include "api/failure_class.hpp"
#include "net/client.hpp"

namespace hookferry::api {

/// `now` is for a Retry-After that is a date. Secrets of the JSON that was `sent` are masked by value in what
/// the server says.
Verdict judge(const net::Reply& reply, std::time_t now, std::string_view sent = {});

}  // namespace hookferry::api
