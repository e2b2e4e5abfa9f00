// What is said to a proxy, and what it says: no socket. Internal to net/.
#pragma once

#include <string>

#include "net/answer.hpp"
#include "net/proxy_choice.hpp"

namespace hookferry {

/// "the proxy http://proxy.test:3128"
std::string name_of(const Proxy& proxy);

/// CONNECT to that server, with Basic authentication (RFC 9110, 9.3.6 and RFC 7617). It holds the
/// credentials.
Secret connect_request(const Proxy& proxy, const Endpoint& server, const std::string& user_agent);

/// Of a done answer that does not connect: told as the proxy's words, which may echo nothing of the
/// credentials.
TransportError refusal_of(const Proxy& proxy, AnswerReader& answer);

/// What went wrong on the way to the proxy, or with it, before anything could reach the server.
TransportError proxy_error(const Proxy& proxy, TransportError error);

/// `text` without user, password and their Basic form.
std::string without_credentials(std::string text, const Proxy& proxy);

}  // namespace hookferry
