#include <openssl/ssl.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>

#include <cstdlib>
#include <string>
#include <vector>

#include "commands/context.hpp"
#include "core/failure.hpp"
#include "net/client.hpp"
#include "support/certificates.hpp"
#include "support/raw_server.hpp"
#include "support/rooms.hpp"

using namespace hookferry;
using namespace hookferry::net;
using namespace hookferry::test;

namespace {

void answer(RawConnection& connection) {
  while (!connection.read_request().empty())
    connection.send("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nhere");
}

/// One GET by a client of its own: the body, or the error.
struct Got {
  std::string body;
  TransportError error;
  ConnectionFacts facts;
};

Got get(const RawServer& server, const ClientOptions& options, const std::string& host = {}) {
  const Interrupts interrupts;
  Executor executor(interrupts);
  Client client(executor, options);
  Endpoint endpoint;
  endpoint.host = host.empty() ? server.host() : host;
  endpoint.port = static_cast<std::uint16_t>(server.port());
  Request request;
  request.method = "GET";
  request.target = "/";
  const auto reply = client.send(endpoint, request, Client::OnInterrupt::abandon);
  Got out;
  out.facts = client.facts();
  if (const auto* response = std::get_if<Response>(&reply)) {
    out.body = response->body;
  } else {
    out.error = std::get<TransportError>(reply);
  }
  return out;
}

struct World {
  TempDir folder;
  Certificate ca = Certificate::authority(folder, "test-ca");
  ClientOptions trusting() const {
    ClientOptions out;
    out.ca_file = ca.file();
    return out;
  }
};

RawTls tls_of(const Certificate& certificate, int version = 0) {
  return {certificate.file(), certificate.key_file(), "", version};
}

CertificateText named(const std::string& common_name, const std::string& alternative_names) {
  CertificateText out;
  out.common_name = common_name;
  out.alternative_names = alternative_names;
  return out;
}

CertificateText valid(long not_before, long not_after) {
  CertificateText out;
  out.not_before = not_before;
  out.not_after = not_after;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(net_tls)

BOOST_AUTO_TEST_CASE(a_certificate_that_is_not_right_is_refused_with_reason_subject_and_issuer) {
  const World world;
  const auto other = Certificate::authority(world.folder, "other-ca");
  struct Case {
    std::string name;
    Certificate certificate;
    std::vector<std::string> told;
  };
  const auto ip = named("by-name", "IP:127.0.0.1");
  const std::vector<Case> cases = {
      {"expired",
       world.ca.sign(world.folder, "expired", valid(-7200, -3600)),
       {"certificate has expired", "subject CN=test;", "issuer CN=test-ca)"}},
      {"not yet valid",
       world.ca.sign(world.folder, "early", valid(3600, 7200)),
       {"certificate is not yet valid", "subject CN=test;", "issuer CN=test-ca)"}},
      {"another address",
       world.ca.sign(world.folder, "elsewhere", named("elsewhere", "IP:127.0.0.2")),
       {"IP address mismatch", "subject CN=elsewhere;"}},
      {"a name where an address is wanted",
       world.ca.sign(world.folder, "name", named("127.0.0.1", "DNS:127.0.0.1")),
       {"IP address mismatch"}},
      {"no alternative names",
       world.ca.sign(world.folder, "none", named("127.0.0.1", "")),
       {"IP address mismatch"}},
      {"self-signed",
       Certificate::self_signed(world.folder, ip),
       {"self-signed certificate", "subject CN=by-name;", "issuer CN=by-name)"}},
      {"unknown authority",
       other.sign(world.folder, "unknown", ip),
       {"unable to get local issuer certificate", "subject CN=by-name;", "issuer CN=other-ca)"}},
      {"names that would drive a terminal",
       other.sign(world.folder, "hostile", named("a\x1b[2J\n\xe2\x80\xae", "IP:127.0.0.1")),
       {"subject CN=a"}},
  };
  for (const auto& c : cases) BOOST_TEST_CONTEXT(c.name) {
      const auto tls = tls_of(c.certificate);
      const RawServer server(answer, &tls);
      const auto got = get(server, world.trusting());
      BOOST_TEST(got.body == "");
      BOOST_TEST((got.error.kind == TransportFailure::tls));
      BOOST_TEST(!got.error.sent);
      BOOST_TEST(got.error.text.starts_with("the server's certificate is not accepted: "), got.error.text);
      for (const auto& part : c.told)
        BOOST_TEST(got.error.text.find(part) != std::string::npos, got.error.text);
      for (const auto* byte : {"\x1b", "\n", "\xe2\x80\xae"})
        BOOST_TEST(got.error.text.find(byte) == std::string::npos, got.error.text);
    }
}

BOOST_AUTO_TEST_CASE(a_host_is_taken_by_the_names_that_a_certificate_lists_and_by_nothing_else) {
  struct Case {
    CertificateText text;
    bool accepted;
  };
  const World world;
  const std::vector<Case> cases = {
      {named("other", "DNS:localhost"), true},
      {named("other", "DNS:LOCALHOST"), true},
      {named("localhost", ""), false},
      {named("localhost", "DNS:other.test"), false},
      {named("localhost", "DNS:*"), false},
      {named("localhost", "DNS:local*"), false},
      {named("localhost", "email:localhost@localhost"), false},
      {named("localhost", "URI:https://localhost/"), false},
      {named("localhost", "IP:127.0.0.1"), false},
      {named("other", "DNS:localhost.evil.test"), false},
  };
  int number = 0;
  for (const auto& c : cases) BOOST_TEST_CONTEXT(c.text.common_name + " " + c.text.alternative_names) {
      const auto tls = tls_of(world.ca.sign(world.folder, "n" + std::to_string(number++), c.text));
      const RawServer server(answer, &tls);
      const auto got = get(server, world.trusting(), "localhost");
      BOOST_TEST((got.body == "here") == c.accepted, got.error.text);
      if (!c.accepted)
        BOOST_TEST(got.error.text.find("hostname mismatch") != std::string::npos, got.error.text);
    }
}

BOOST_AUTO_TEST_CASE(only_tls_1_2_and_later_is_spoken) {
  const World world;
  const auto certificate = world.ca.sign(world.folder, "server", {});
  for (const auto& [version, spoken] :
       {std::pair(TLS1_VERSION, ""), std::pair(TLS1_1_VERSION, ""), std::pair(TLS1_2_VERSION, "TLSv1.2"),
        std::pair(TLS1_3_VERSION, "TLSv1.3")}) {
    const auto tls = tls_of(certificate, version);
    const RawServer server(answer, &tls);
    const auto got = get(server, world.trusting());
    BOOST_TEST(got.facts.tls_version == spoken);
    BOOST_TEST(got.body == (*spoken != '\0' ? "here" : ""));
    if (*spoken != '\0') continue;
    BOOST_TEST((got.error.kind == TransportFailure::tls));
    BOOST_TEST(!got.error.sent);
    BOOST_TEST(got.error.text.find("protocol version") != std::string::npos, got.error.text);
  }
}

BOOST_AUTO_TEST_CASE(tls_1_2_without_forward_secrecy_is_refused) {
  const World world;
  const auto certificate = world.ca.sign(world.folder, "server", {});
  for (const auto& [ciphers, spoken] :
       {std::pair("AES128-SHA", false), std::pair("AES256-GCM-SHA384", false),
        std::pair("ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256", true)}) {
    auto tls = tls_of(certificate, TLS1_2_VERSION);
    tls.ciphers = ciphers;
    const RawServer server(answer, &tls);
    const auto got = get(server, world.trusting());
    BOOST_TEST(got.body == (spoken ? "here" : ""), ciphers << ": " << got.error.text);
    if (!spoken) BOOST_TEST((got.error.kind == TransportFailure::tls), ciphers);
  }
}

BOOST_AUTO_TEST_CASE(a_handshake_that_ends_early_is_a_connection_that_ended_with_nothing_sent) {
  for (const std::string before : {"", "\x16\x03\x03"}) {
    const RawServer server([&](RawConnection& connection) {
      connection.receive_some();
      connection.send(before);
    });
    const auto got = get(server, {});
    BOOST_TEST((got.error.kind == TransportFailure::closed));
    BOOST_TEST(!got.error.sent);
    BOOST_TEST(got.error.text == "the connection ended inside the TLS handshake");
  }
  const RawServer plain([](RawConnection& connection) {
    connection.receive_some();
    connection.send("HTTP/1.1 400 Bad Request\r\n\r\n");
  });
  const auto no_tls = get(plain, {});
  BOOST_TEST((no_tls.error.kind == TransportFailure::tls));
  BOOST_TEST(no_tls.error.text == "TLS handshake failed: wrong version number (SSL routines)");
  BOOST_TEST(!no_tls.error.sent);
  ClientOptions impatient;
  impatient.timeout = Milliseconds(100);
  const RawServer silent([](RawConnection& connection) {
    while (connection.receive_some()) {
    }
  });
  const auto stalled = get(silent, impatient);
  BOOST_TEST((stalled.error.kind == TransportFailure::timed_out));
  BOOST_TEST(!stalled.error.sent);
}

BOOST_AUTO_TEST_CASE(a_server_that_asks_for_a_certificate_gets_the_one_that_is_named) {
  const World world;
  const auto certificate = world.ca.sign(world.folder, "server", {});
  const auto mine = world.ca.sign(world.folder, "mine", named("me", ""));
  const auto stranger = Certificate::authority(world.folder, "other-ca").sign(world.folder, "stranger", {});
  for (const int version : {TLS1_2_VERSION, TLS1_3_VERSION}) BOOST_TEST_CONTEXT(version) {
      auto tls = tls_of(certificate, version);
      tls.client_ca = world.ca.file();
      const RawServer server(answer, &tls);
      auto options = world.trusting();
      for (const auto* key : {&mine.key_file(), static_cast<const std::string*>(nullptr)}) {
        options.client_cert = mine.file();
        options.client_key = key != nullptr ? *key : std::string();
        if (key == nullptr) {  // both in one file
          options.client_cert = world.folder.file("both.pem");
          spill(options.client_cert, slurp(mine.file()) + slurp(mine.key_file()));
        }
        BOOST_TEST(get(server, options).body == "here");
      }
      const auto none = get(server, world.trusting());
      BOOST_TEST((none.error.kind == TransportFailure::tls));
      BOOST_TEST(none.error.text.find("certificate required") + none.error.text.find("handshake failure") !=
                     2 * std::string::npos,
                 none.error.text);
      options.client_cert = stranger.file();
      options.client_key = stranger.key_file();
      BOOST_TEST((get(server, options).error.kind == TransportFailure::tls));
    }
}

BOOST_AUTO_TEST_CASE(unusable_certificates_are_reported_before_any_connection) {
  const World world;
  const auto mine = world.ca.sign(world.folder, "mine", {});
  const auto other = world.ca.sign(world.folder, "other", {});
  const auto empty = world.folder.file("empty.pem");
  spill(empty, "");
  const auto locked = world.folder.file("locked.key");
  BOOST_REQUIRE(
      std::system(
          ("openssl pkcs8 -topk8 -in " + mine.key_file() + " -passout pass:x -out " + locked).c_str()) == 0);
  struct Case {
    std::string ca, certificate, key, told;
  };
  for (const auto& c :
       std::vector<Case>{{"/absent.pem", "", "", "cannot read the CA file /absent.pem: "},
                         {empty, "", "", "cannot use the CA file "},
                         {"", "/absent.pem", "", "cannot use the client certificate /absent.pem: "},
                         {"", mine.file(), "", "cannot use the key of the client certificate "},
                         {"", mine.file(), other.key_file(), "cannot use the key of "},
                         {"", mine.file(), locked, "cannot use the key of "},
                         {"", "", mine.key_file(), "a client key without its certificate"}})
    BOOST_TEST_CONTEXT(c.told) {
      const Interrupts interrupts;
      Executor executor(interrupts);
      ClientOptions options;
      options.ca_file = c.ca;
      options.client_cert = c.certificate;
      options.client_key = c.key;
      BOOST_CHECK_EXCEPTION(Client(executor, options), Failure, [&](const Failure& failure) {
        return failure.cause == Cause::configuration && std::string(failure.what()).starts_with(c.told) &&
               !hookferry::commands::what_to_try(failure).empty();
      });
    }
}

BOOST_AUTO_TEST_CASE(ipv6_addresses_are_reached_and_checked_like_others) {
  const World world;
  const auto right = world.ca.sign(world.folder, "v6", named("v6", "IP:::1"));
  const auto wrong = world.ca.sign(world.folder, "v4", named("v4", "IP:127.0.0.1"));
  for (const auto* certificate : {&right, &wrong}) {
    const auto tls = tls_of(*certificate);
    std::unique_ptr<RawServer> server;
    try {
      server = std::make_unique<RawServer>(answer, &tls, true);
    } catch (const std::runtime_error&) {
      BOOST_TEST_MESSAGE("this machine has no IPv6");
      return;
    }
    const auto got = get(*server, world.trusting());
    BOOST_TEST(got.body == (certificate == &right ? "here" : ""), got.error.text);
    BOOST_TEST(got.facts.address == "[::1]:" + std::to_string(server->port()));
  }
}

BOOST_AUTO_TEST_SUITE_END()
