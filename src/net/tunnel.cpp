#include "net/tunnel.hpp"

#include <openssl/evp.h>

#include <vector>

#include "core/printable.hpp"
#include "net/echo.hpp"

namespace hookferry {
namespace {

Secret basic(const Secret& credentials) {
  const auto text = credentials.reveal();
  std::vector<unsigned char> out(4 * ((text.size() + 2) / 3) + 1);
  const int size = EVP_EncodeBlock(out.data(), reinterpret_cast<const unsigned char*>(text.data()),
                                   static_cast<int>(text.size()));
  return Secret(std::string(out.begin(), out.begin() + size));
}

/// CONNECT wants the port in any case.
std::string place_of(const Endpoint& server) {
  const bool ipv6 = server.host.find(':') != std::string::npos;
  return (ipv6 ? "[" + server.host + "]" : server.host) + ":" + std::to_string(server.port);
}

/// The title of a page, else the beginning of what is no page.
std::string words_of(const std::string& body) {
  constexpr std::size_t most = 160;
  const auto start = body.find_first_not_of(" \t\r\n");
  if (start == std::string::npos) return {};
  if (body[start] != '<') return printable_excerpt(std::string_view(body).substr(start), most);
  constexpr std::string_view open = "<title>";
  for (const auto* tag : {"<title>", "<TITLE>"}) {
    const auto title = body.find(tag);
    if (title == std::string::npos) continue;
    const auto begin = title + open.size();
    return printable_excerpt(std::string_view(body).substr(begin, body.find('<', begin) - begin), most);
  }
  return {};
}

}  // namespace

std::string name_of(const Proxy& proxy) { return "the proxy " + proxy.url(); }

Secret connect_request(const Proxy& proxy, const Endpoint& server, const std::string& user_agent) {
  const auto place = place_of(server);
  std::string out =
      "CONNECT " + place + " HTTP/1.1\r\nHost: " + place + "\r\nUser-Agent: " + user_agent + "\r\n";
  if (!proxy.credentials.empty()) {
    out += "Proxy-Authorization: Basic ";
    out += basic(proxy.credentials).reveal();
    out += "\r\n";
  }
  return Secret(out + "\r\n");
}

std::string without_credentials(std::string text, const Proxy& proxy) {
  const auto both = proxy.credentials.reveal();
  if (both.empty()) return text;
  text = without_echo(text, basic(proxy.credentials));
  text = without_echo(text, proxy.credentials);
  return without_echo(text, Secret(std::string(both.substr(both.find(':') + 1))));
}

TransportError refusal_of(const Proxy& proxy, AnswerReader& answer) {
  const auto status = answer.status();
  const auto reason = without_credentials(answer.reason(), proxy);
  const auto words = without_credentials(answer.response().body, proxy);
  TransportError out;
  // Another try may find a server error gone, but never a missing password.
  out.kind = status >= 500 ? TransportFailure::proxy_failed : TransportFailure::proxy_refused;
  auto answered = std::to_string(status);
  if (!reason.empty()) answered += " " + printable_excerpt(reason, 80);
  const auto told = words_of(words);
  out.text = "it does not connect but answers " + answered;
  if (!told.empty() && told != answered) out.text += ": " + told;
  return out;
}

TransportError proxy_error(const Proxy& proxy, TransportError error) {
  error.sent = false;
  if (error.kind != TransportFailure::interrupted) error.text = name_of(proxy) + ": " + error.text;
  return error;
}

}  // namespace hookferry
