#include "net/connection.hpp"
#include "support/rooms.hpp"

#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

using namespace hookferry;
using namespace hookferry::net;

namespace {

constexpr std::size_t any_size = 1 << 30;

/// Gives it the bytes in pieces of at most `piece`; what it did not want any more stays in `rest`.
std::string_view feed(AnswerReader& reader, std::string_view bytes, std::size_t piece = any_size) {
  while (!bytes.empty() && !reader.done() && !reader.error()) {
    const auto room = reader.room();
    BOOST_REQUIRE(room.size() > 0);
    const auto count = std::min({room.size(), bytes.size(), piece});
    std::memcpy(room.data(), bytes.data(), count);
    bytes.remove_prefix(count);
    reader.received(count);
  }
  return bytes;
}

struct Read {
  bool done = false;
  bool keeps = false;
  std::string error;
  Response response;
};

Read read(const std::string& bytes, std::size_t piece = any_size, std::size_t max_body = 1000,
          bool end = false, BodySink* sink = nullptr) {
  AnswerReader reader(max_body, sink);
  feed(reader, bytes, piece);
  if (end && !reader.done() && !reader.error()) reader.ended();
  Read out;
  out.done = reader.done();
  if (reader.error()) out.error = reader.error()->text;
  if (out.done) {
    out.keeps = reader.keeps_connection();
    out.response = reader.response();
  }
  return out;
}

std::string chunked(const std::string& rest) {
  return "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + rest;
}

std::string sized(const std::string& body, const std::string& fields = {}) {
  return "HTTP/1.1 200 OK\r\nContent-Length: " + std::to_string(body.size()) + "\r\n" + fields + "\r\n" +
         body;
}

std::string padded(const std::string& before, char pad, const std::string& after, std::size_t size) {
  return before + std::string(size - before.size() - after.size(), pad) + after;
}

/// What a sink was given of the last answer.
struct Kept : BodySink {
  void begin() override {
    ++answers;
    body.clear();
  }
  void take(std::string_view piece) override { body += piece; }
  std::size_t answers = 0;
  std::string body;
};

/// However the bytes come, the same is made of them.
const std::vector<std::size_t> pieces = {1, 2, 3, 7, 1000, 4096, 65536, any_size};

}  // namespace

BOOST_AUTO_TEST_SUITE(answer)

BOOST_AUTO_TEST_CASE(an_answer_is_the_same_however_its_bytes_come) {
  const std::vector<std::string> same = {
      sized("hello", "Retry-After: 7\r\nLocation: /x\r\n"),
      "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nRetry-After: 7\r\nLocation: /x\r\n\r\n"
      "2;a=b;c=\"d\"\r\nhe\r\n3\r\nllo\r\n0;x\r\nTrailer: 1\r\n\r\n"};
  for (const auto& bytes : same)
    for (const auto piece : pieces) BOOST_TEST_CONTEXT(piece) {
        const auto got = read(bytes, piece);
        BOOST_TEST(got.error == "");
        BOOST_REQUIRE(got.done);
        BOOST_TEST(got.keeps);
        BOOST_TEST(got.response.status == 200);
        BOOST_TEST(got.response.body == "hello");
        BOOST_TEST(got.response.retry_after == "7");
        BOOST_TEST(got.response.location == "/x");
      }
}

BOOST_AUTO_TEST_CASE(a_sink_is_given_the_body_of_a_success_and_nothing_of_it_is_held) {
  const auto chunks = chunked("2;a=b\r\nhe\r\n3\r\nllo\r\n0\r\n\r\n");
  for (const auto& bytes : {sized("hello"), chunks, "HTTP/1.1 100 Continue\r\n\r\n" + sized("hello")})
    for (const auto piece : pieces) {
      Kept kept;
      const auto got = read(bytes, piece, 1000, false, &kept);
      BOOST_REQUIRE(got.done);
      BOOST_TEST(kept.answers == 1u);
      BOOST_TEST(kept.body == "hello");
      BOOST_TEST(got.response.body == "");
      BOOST_TEST(got.response.body_size == 5u);
    }
}

BOOST_AUTO_TEST_CASE(a_sink_learns_of_an_empty_success_and_nothing_of_a_refusal) {
  Kept kept;
  BOOST_TEST(read(sized(""), any_size, 1000, false, &kept).done);
  BOOST_TEST(kept.answers == 1u);
  const auto refused =
      read("HTTP/1.1 500 Oops\r\nContent-Length: 5\r\n\r\nhello", any_size, 1000, false, &kept);
  BOOST_TEST(kept.answers == 1u);
  BOOST_TEST(refused.response.body == "hello");
  BOOST_TEST(refused.response.body_size == 5u);
}

BOOST_AUTO_TEST_CASE(a_body_that_goes_to_a_sink_is_bounded_like_any_other) {
  for (const auto piece : pieces) {
    Kept kept;
    const auto bytes = chunked("8\r\n12345678\r\n8\r\n12345678\r\n0\r\n\r\n");
    BOOST_TEST(read(bytes, piece, 15, false, &kept).error ==
               "the answer is larger than the limit that is set for it");
    BOOST_TEST(read(bytes, piece, 16, false, &kept).error == "");
    BOOST_TEST(kept.body.size() == 16u);
  }
}

BOOST_AUTO_TEST_CASE(an_answer_without_a_length_ends_with_the_stream) {
  const std::string bytes = "HTTP/1.1 200 OK\r\n\r\nhello";
  BOOST_TEST(!read(bytes).done);
  const auto got = read(bytes, any_size, 1000, true);
  BOOST_REQUIRE(got.done);
  BOOST_TEST(!got.keeps);
  BOOST_TEST(got.response.body == "hello");
}

BOOST_AUTO_TEST_CASE(an_answer_that_ends_early_is_cut_and_none_at_all_is_a_closed_connection) {
  const auto whole = sized("hello");
  for (std::size_t size = 1; size < whole.size(); ++size)
    BOOST_TEST(read(whole.substr(0, size), any_size, 1000, true).error ==
               "the connection ended inside the answer");
  for (const auto* start : {"2\r\nh", "5\r\nhello\r\n", "5\r\nhello\r\n0\r\n", "5;x"})
    BOOST_TEST(read(chunked(start), any_size, 1000, true).error == "the connection ended inside the answer");
  AnswerReader nothing(10);
  BOOST_TEST(!nothing.begun());
  nothing.ended();
  BOOST_TEST((nothing.error()->kind == TransportFailure::closed));
  BOOST_TEST(nothing.error()->sent);
}

BOOST_AUTO_TEST_CASE(informational_answers_are_passed_over) {
  const auto before = std::string("HTTP/1.1 100 Continue\r\n\r\n") +
                      "HTTP/1.1 103 Early Hints\r\nLink: </x>; rel=preload\r\nContent-Length: 50\r\n\r\n" +
                      "HTTP/1.1 102 Processing\r\n\r\nHTTP/1.1 199 Whatever\r\nConnection: close\r\n\r\n";
  for (const auto piece : pieces) {
    const auto got = read(before + sized("hello"), piece);
    BOOST_REQUIRE(got.done);
    BOOST_TEST(got.keeps);
    BOOST_TEST(got.response.status == 200);
    BOOST_TEST(got.response.body == "hello");
    BOOST_TEST(!read(before, piece).done);
  }
  AnswerReader reader(10);
  feed(reader, before);
  BOOST_TEST(!reader.begun());
  reader.ended();
  BOOST_TEST((reader.error()->kind == TransportFailure::closed));
}

BOOST_AUTO_TEST_CASE(another_protocol_is_an_end_and_no_answer_to_go_on_from) {
  const auto got = read("HTTP/1.1 101 Switching Protocols\r\nConnection: upgrade\r\nUpgrade: x\r\n\r\n");
  BOOST_REQUIRE(got.done);
  BOOST_TEST(got.response.status == 101);
  BOOST_TEST(!got.keeps);
}

BOOST_AUTO_TEST_CASE(what_follows_an_answer_means_that_the_connection_is_out_of_step) {
  for (const auto& bytes :
       {sized("hello"), chunked("5\r\nhello\r\n0\r\n\r\n"), std::string("HTTP/1.1 204 No Content\r\n\r\n")}) {
    BOOST_TEST(read(bytes).keeps);
    for (const std::string more : {"x", "\r\n", "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"}) {
      const auto got = read(bytes + more);
      BOOST_TEST(got.done);
      BOOST_TEST(!got.keeps);
      BOOST_TEST(got.response.body == (bytes.find("hello") != std::string::npos ? "hello" : ""));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_connection_is_kept_only_where_the_answer_allows_it) {
  BOOST_TEST(!read(sized("x", "Connection: close\r\n")).keeps);
  BOOST_TEST(!read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n").keeps);
  BOOST_TEST(read("HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n").keeps);
}

BOOST_AUTO_TEST_CASE(a_response_that_is_not_http_is_reported) {
  for (const std::string bytes :
       {"SSH-2.0-OpenSSH_9.2\r\n", "HTTP/2.0 200 OK\r\n\r\n", "HTTP/1.1 20 OK\r\n\r\n",
        "HTTP/1.1 200\nOK\n\n", "HTTP/1.1 200 OK\r\nno colon\r\n\r\n", "HTTP/1.1 200 OK\r\nA : b\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: x\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\n",
        "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"})
    for (const auto piece : pieces) {
      const auto told = read(bytes, piece, 1000, true).error;
      const auto cut =
          "the connection ended inside the answer";  // in pieces it may end before it is understood
      BOOST_TEST((told == "the response is not HTTP" || (piece < bytes.size() && told == cut)), told + bytes);
    }
  for (const std::string rest : {"x\r\n", "-1\r\n", "1\r\nabcd\r\n", "10000000000000000\r\n", "5;\r\n\r\n"})
    BOOST_TEST(read(chunked(rest)).error == "the response is not HTTP", rest);
}

BOOST_AUTO_TEST_CASE(an_unrequested_content_coding_is_reported_and_not_misread) {
  BOOST_TEST(read(sized("x", "Content-Encoding: gzip\r\n")).error ==
             "the answer is compressed (gzip) though that was not requested");
  BOOST_TEST(read(sized("x", "Content-Encoding: \x1b[2J\r\n")).error.find('\x1b') == std::string::npos);
  BOOST_TEST(read(sized("x", "Content-Encoding: identity\r\n")).response.body == "x");
  BOOST_TEST(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n").error ==
             "the answer comes in a transfer encoding that was not requested (gzip, chunked)");
  BOOST_TEST(read("HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip\r\nContent-Length: 3\r\n\r\nabc").error != "");
  // Of a refusal the status counts.
  BOOST_TEST(read("HTTP/1.1 401 No\r\nContent-Encoding: br\r\nContent-Length: 1\r\n\r\nx").response.status ==
             401);
}

BOOST_AUTO_TEST_CASE(a_header_may_be_as_large_as_the_limit_and_no_larger) {
  const auto with_header = [](std::size_t size) {
    return padded("HTTP/1.1 200 OK\r\nContent-Length: 1\r\nPad: ", 'x', "\r\n\r\n", size) + "b";
  };
  const auto many_fields = [](std::size_t size) {
    std::string out = "HTTP/1.1 200 OK\r\nContent-Length: 1\r\n";
    while (out.size() < size - 100) out += "a:b\r\n";
    return padded(out + "Pad: ", 'x', "\r\n\r\n", size) + "b";
  };
  const auto with_reason = [](std::size_t size) {
    return padded("HTTP/1.1 200 ", 'x', "\r\nContent-Length: 1\r\n\r\n", size) + "b";
  };
  const std::string told = "the header of the answer is larger than 64 KiB";
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, any_size}) {
    for (const auto& make : {+with_header, +many_fields, +with_reason}) {
      BOOST_TEST(read(make(limits::header), piece).response.body == "b");
      BOOST_TEST(read(make(limits::header + 1), piece).error == told);
      BOOST_TEST(read("HTTP/1.1 100 Go on\r\n\r\n" + make(limits::header), piece).response.body == "b");
    }
    BOOST_TEST(read(std::string(limits::header, 'H'), piece).error != "");
  }
}

BOOST_AUTO_TEST_CASE(informational_answers_have_an_end) {
  std::string bytes;
  for (std::size_t i = 0; i < limits::informational; ++i) bytes += "HTTP/1.1 102 Processing\r\n\r\n";
  BOOST_TEST(read(bytes + sized("x")).response.body == "x");
  BOOST_TEST(read(bytes + "HTTP/1.1 102 Processing\r\n\r\n").error ==
             "the server sends informational answers without end");
}

BOOST_AUTO_TEST_CASE(a_body_may_be_as_large_as_the_limit_and_no_larger) {
  const auto in_chunks = [](std::size_t size) {
    std::string out;
    for (; size > 300; size -= 300) out += "12c\r\n" + std::string(300, 'x') + "\r\n";
    std::string hex;
    for (auto left = size; left > 0; left /= 16) hex.insert(hex.begin(), "0123456789abcdef"[left % 16]);
    return chunked(out + hex + "\r\n" + std::string(size, 'x') + "\r\n0\r\n\r\n");
  };
  const auto to_the_end = [](std::size_t size) { return "HTTP/1.1 200 OK\r\n\r\n" + std::string(size, 'x'); };
  const auto with_length = [](std::size_t size) { return sized(std::string(size, 'x')); };
  for (const auto piece : pieces)
    for (const auto& make : {+in_chunks, +to_the_end, +with_length}) {
      const auto got = read(make(1000), piece, 1000, true);
      BOOST_TEST(got.error == "");
      BOOST_TEST(got.response.body.size() == 1000u);
      AnswerReader reader(1000);
      feed(reader, make(1001), piece);
      BOOST_REQUIRE(reader.error().has_value());
      BOOST_TEST((reader.error()->kind == TransportFailure::too_large));
    }
  BOOST_TEST(read("HTTP/1.1 200 OK\r\nContent-Length: 18446744073709551615\r\n\r\n").error ==
             "the answer is larger than the limit that is set for it");
}

BOOST_AUTO_TEST_CASE(a_refusal_is_one_however_much_it_says) {
  const auto refused = [](std::size_t size) {
    return "HTTP/1.1 403 No\r\nTransfer-Encoding: chunked\r\n\r\n" + std::string("100000\r\n") +
           std::string(std::min<std::size_t>(size, 0x100000), 'x') + "\r\n" +
           (size > 0x100000 ? "1\r\nx\r\n" : "") + "0\r\n\r\n";
  };
  static_assert(limits::refusal_body == 0x100000);
  const auto most = read(refused(limits::refusal_body), any_size, 10);
  BOOST_TEST(most.response.body.size() == limits::refusal_body);
  BOOST_TEST(most.keeps);
  for (const auto& bytes : {refused(limits::refusal_body + 1),
                            std::string("HTTP/1.1 403 No\r\nContent-Length: 99999999999\r\n\r\n")}) {
    const auto got = read(bytes, any_size, 10);
    BOOST_REQUIRE(got.done);
    BOOST_TEST(got.response.status == 403);
    BOOST_TEST(got.response.body == "");
    BOOST_TEST(!got.keeps);
  }
}

BOOST_AUTO_TEST_CASE(the_framing_of_chunks_may_be_as_large_as_the_limit_and_no_larger) {
  const auto extension = [](std::size_t size) {
    return chunked("1\r\na" + padded("\r\n1;x=", 'e', "\r\n", size) + "b\r\n0\r\n\r\n");
  };
  const auto last_extension = [](std::size_t size) {
    return chunked("2\r\nab" + padded("\r\n0;x=", 'e', "\r\n\r\n", size));
  };
  const auto one_trailer = [](std::size_t size) {
    return chunked("2\r\nab" + padded("\r\n0\r\nPad: ", 't', "\r\n\r\n", size));
  };
  const auto many_trailers = [](std::size_t size) {
    std::string out = "\r\n0\r\n";
    while (out.size() < size - 100) out += "a:b\r\n";
    return chunked("2\r\nab" + padded(out + "Pad: ", 't', "\r\n\r\n", size));
  };
  for (const std::size_t piece : {std::size_t{1}, std::size_t{1000}, any_size})
    for (const auto& make : {+extension, +last_extension, +one_trailer, +many_trailers}) {
      const auto got = read(make(limits::chunk_framing), piece);
      BOOST_TEST(got.error == "");
      BOOST_TEST(got.response.body == "ab");
      BOOST_TEST(got.keeps);
      BOOST_TEST(read(make(limits::chunk_framing + 1), piece).error ==
                 "a chunk's extensions or the trailers of the answer are larger than 64 KiB");
    }
}

BOOST_AUTO_TEST_CASE(chunks_may_be_small_but_not_hold_next_to_nothing) {
  std::string smallest;
  for (int i = 0; i < 300'000; ++i) smallest += "1\r\nx\r\n";
  BOOST_TEST(read(chunked(smallest + "0\r\n\r\n"), any_size, 300'000).response.body.size() == 300'000u);
  std::string extensions;
  while (extensions.size() < limits::framing - 30'000) extensions += padded("1;x=", 'e', "\r\nx\r\n", 25'000);
  BOOST_TEST(read(chunked(extensions + "0\r\n\r\n")).error == "");
  for (int i = 0; i < 3; ++i) extensions += padded("1;x=", 'e', "\r\nx\r\n", 25'000);
  BOOST_TEST(read(chunked(extensions)).error == "the answer comes in chunks that hold next to nothing");
}

BOOST_AUTO_TEST_CASE(a_proxy_that_connects_has_said_all_with_its_header) {
  AnswerReader reader;
  BOOST_TEST(feed(reader, "HTTP/1.0 200 Connection established\r\nContent-Length: 5\r\n\r\n", 1) == "");
  BOOST_TEST(reader.done());
  BOOST_TEST(reader.keeps_connection());
  AnswerReader eager;
  feed(eager, "HTTP/1.1 200 OK\r\n\r\nmore");
  BOOST_TEST(eager.done());
  BOOST_TEST(!eager.keeps_connection());
  AnswerReader refusing;
  feed(refusing, "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 4\r\n\r\npage");
  BOOST_TEST(refusing.done());
  BOOST_TEST(!refusing.keeps_connection());
  BOOST_TEST(refusing.message().reason() == "Proxy Authentication Required");
  BOOST_TEST(refusing.response().body == "page");
  AnswerReader endless;
  feed(endless, "HTTP/1.1 502 No\r\n\r\n" + std::string(limits::proxy_body + 1, 'x'));
  BOOST_TEST(endless.done());
  BOOST_TEST(endless.response().body == "");
}

BOOST_AUTO_TEST_SUITE_END()
