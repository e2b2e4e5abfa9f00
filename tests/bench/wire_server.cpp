// Serves accounts over TLS on loopback for scripts/bench, and takes as little time for it as may be:
// wire_server CERTIFICATE KEY FOLDER. It prints its URL.
//
// Each NAME.json of the folder is an account, an array of webhooks, whose key is NAME. Lists are held as the
// text that a GET is answered with. It believes what it is sent: for what a server objects to there is the
// sandbox.
//
// POST /bench/reset       empties the account of the key, answers with how many webhooks it held and how many
// requests
//                         have come since the last time
// POST /bench/delay/N     from now on each answer waits N milliseconds
#include <atomic>
#include <boost/asio/io_context.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/ssl/context.hpp>
#include <boost/asio/ssl/stream.hpp>
#include <boost/asio/write.hpp>
#include <boost/beast/core/flat_buffer.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/read.hpp>
#include <boost/beast/http/string_body.hpp>
#include <charconv>
#include <chrono>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <thread>
#include <vector>

namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using asio::ip::tcp;
using boost::system::error_code;
using Stream = asio::ssl::stream<tcp::socket>;
using Parser = http::request_parser<http::string_body>;
/// A part of a body; what is shared is never changed.
using Piece = std::shared_ptr<const std::string>;

constexpr std::string_view list_path = "/api/v1/external/integrations/";
constexpr std::string_view bulk_path = "/api/v1/external/integrations-bulk";
constexpr std::string_view reset_path = "/bench/reset";
constexpr std::string_view delay_path = "/bench/delay/";
constexpr std::string_view server_owned_before = R"(,"company_id":67890,)";
constexpr std::string_view server_owned_after =
    R"(,"created_at":"2024-02-29T12:00:00.000Z","updated_at":"2024-02-29T12:00:00.000Z"})";

struct Answer {
  int status = 200;
  std::vector<Piece> body;
};

Piece piece(std::string text) { return std::make_shared<const std::string>(std::move(text)); }

Answer answer(int status, std::string body) { return {status, {piece(std::move(body))}}; }

/// One past the string that begins at `at`.
std::size_t end_of_string(std::string_view text, std::size_t at) {
  for (++at; at < text.size() && text[at] != '"'; ++at)
    if (text[at] == '\\') ++at;
  return at + 1;
}

/// The objects of an array, of which nothing but brackets and strings is looked at.
std::vector<std::string_view> elements_of(std::string_view array) {
  std::vector<std::string_view> out;
  std::size_t begin = 0;
  int depth = 0;
  for (std::size_t i = 0; i < array.size();) {
    const char c = array[i];
    if (c == '"') {
      i = end_of_string(array, i);
      continue;
    }
    if (c == '{' && depth++ == 0) begin = i;
    if (c == '}' && --depth == 0) out.push_back(array.substr(begin, i + 1 - begin));
    ++i;
  }
  return out;
}

class Account {
 public:
  /// `array`: of webhooks as the server sends them.
  void load(std::string_view array) {
    const auto elements = elements_of(array);
    if (elements.empty()) return;
    count_ = elements.size();
    const auto begin = static_cast<std::size_t>(elements.front().data() - array.data());
    const auto end = static_cast<std::size_t>(elements.back().data() - array.data()) + elements.back().size();
    pieces_.push_back(piece(std::string(array.substr(begin, end - begin))));
  }

  Answer list() {
    const std::lock_guard lock(mutex_);
    Answer out;
    out.body.push_back(piece("["));
    out.body.insert(out.body.end(), pieces_.begin(), pieces_.end());
    out.body.push_back(piece("]"));
    return out;
  }

  Answer add(std::string_view array) {
    const auto elements = elements_of(array);
    std::string created;
    created.reserve(array.size() + elements.size() * 160);
    for (const auto element : elements) {
      created += R"(,{"id":)" + std::to_string(next_id++);
      created += server_owned_before;
      created += element.substr(1, element.size() - 2);
      created += server_owned_after;
    }
    if (created.empty()) return answer(200, "[]");
    Answer out;
    out.body = {piece("[" + created.substr(1) + "]")};
    const std::lock_guard lock(mutex_);
    if (pieces_.empty()) created.erase(0, 1);
    pieces_.push_back(piece(std::move(created)));
    count_ += elements.size();
    return out;
  }

  std::size_t reset() {
    const std::lock_guard lock(mutex_);
    pieces_.clear();
    return std::exchange(count_, 0);
  }

 private:
  static inline std::atomic<std::size_t> next_id{1'000'000};
  std::mutex mutex_;
  std::vector<Piece>
      pieces_;  // the array without its brackets, a comma at the beginning of all but the first
  std::size_t count_ = 0;
};

class Server {
 public:
  explicit Server(const std::filesystem::path& folder) {
    for (const auto& entry : std::filesystem::directory_iterator(folder)) {
      std::ifstream file(entry.path(), std::ios::binary);
      const std::string text{std::istreambuf_iterator<char>(file), {}};
      accounts_[entry.path().stem().string()].load(text);
    }
  }

  Answer handle(const Parser::value_type& request) {
    const std::string_view target(request.target().data(), request.target().size());
    const bool reads = request.method() == http::verb::get;
    if (!reads && target.starts_with(delay_path)) return delay(target.substr(delay_path.size()));
    Account* account = account_of(request);
    if (account == nullptr) return answer(401, R"({"error":"the key is not known"})");
    if (!reads && target == reset_path) return reset(*account);
    ++requests_;
    std::this_thread::sleep_for(std::chrono::milliseconds(delay_));
    if (reads && target == list_path) return account->list();
    if (!reads && target == bulk_path) return account->add(request.body());
    return answer(404, R"({"error":"no such path"})");
  }

 private:
  Account* account_of(const Parser::value_type& request) {
    constexpr std::string_view scheme = "Bearer ";
    std::string key(request[http::field::authorization]);
    const auto found = key.starts_with(scheme) ? accounts_.find(key.substr(scheme.size())) : accounts_.end();
    return found == accounts_.end() ? nullptr : &found->second;
  }

  Answer delay(std::string_view milliseconds) {
    int value = 0;
    std::from_chars(milliseconds.data(), milliseconds.data() + milliseconds.size(), value);
    delay_ = value;
    return answer(200, "{}");
  }

  Answer reset(Account& account) {
    const auto webhooks = std::to_string(account.reset());
    return answer(
        200, R"({"webhooks":)" + webhooks + R"(,"requests":)" + std::to_string(requests_.exchange(0)) + "}");
  }

  std::map<std::string, Account> accounts_;
  std::atomic<int> delay_{0};
  std::atomic<std::size_t> requests_{0};
};

void send(Stream& stream, const Answer& answer, error_code& failed) {
  std::size_t length = 0;
  for (const auto& part : answer.body) length += part->size();
  const std::string header =
      "HTTP/1.1 " + std::to_string(answer.status) +
      " -\r\nContent-Type: application/json\r\nContent-Length: " + std::to_string(length) + "\r\n\r\n";
  asio::write(stream, asio::buffer(header), failed);
  for (const auto& part : answer.body)
    if (!failed) asio::write(stream, asio::buffer(*part), failed);
}

/// curl asks before it sends a large body, and waits a second where nobody answers.
void permit(Stream& stream, const Parser& parser, error_code& failed) {
  if (parser.get()[http::field::expect].empty()) return;
  asio::write(stream, asio::buffer(std::string_view("HTTP/1.1 100 Continue\r\n\r\n")), failed);
}

void serve(Server& server, tcp::socket socket, asio::ssl::context& tls) {
  error_code failed;
  socket.set_option(tcp::no_delay(true), failed);
  Stream stream(std::move(socket), tls);
  stream.handshake(Stream::server, failed);
  boost::beast::flat_buffer buffer;
  bool open = !failed;
  while (open) {
    Parser parser;
    parser.body_limit(boost::none);
    http::read_header(stream, buffer, parser, failed);
    if (!failed) permit(stream, parser, failed);
    if (!failed) http::read(stream, buffer, parser, failed);
    if (failed) return;
    send(stream, server.handle(parser.get()), failed);
    open = !failed && parser.keep_alive();
  }
  stream.shutdown(failed);
}

}  // namespace

int main(int argc, char** argv) try {
  if (argc != 4) throw std::runtime_error("usage: wire_server CERTIFICATE KEY FOLDER");
  asio::ssl::context tls(asio::ssl::context::tls_server);
  tls.use_certificate_chain_file(argv[1]);
  tls.use_private_key_file(argv[2], asio::ssl::context::pem);
  Server server{std::filesystem::path(argv[3])};
  asio::io_context io;
  tcp::acceptor acceptor(io, tcp::endpoint(asio::ip::address_v4::loopback(), 0));
  std::cout << "https://127.0.0.1:" << acceptor.local_endpoint().port() << std::endl;
  while (true)
    std::thread([&server, &tls, socket = acceptor.accept()]() mutable {
      serve(server, std::move(socket), tls);
    }).detach();
} catch (const std::exception& error) {
  std::cerr << "wire_server: " << error.what() << "\n";
  return 1;
}
