// What `strace -f -yy` has told of the binary, call by call.
#pragma once

#include <map>
#include <optional>
#include <string>

namespace hookferry::test {

/// Each call as one line, with what its descriptor stands for. That is followed here: of a process that
/// allows no dumps strace itself can tell it to root alone. The calls openat, socket and close are to be
/// traced.
class TracedCalls {
 public:
  struct Call {
    std::string line;
    std::string of;  ///< the path, or "TCP"; empty where that is not known
    bool is(const std::string& name) const { return line.find(" " + name + "(") != std::string::npos; }
    bool is_to_server() const { return of == "TCP" && !is("socket") && !is("close"); }
  };

  /// Nothing where the call has not returned yet.
  std::optional<Call> next(const std::string& line) {
    const auto process = line.substr(0, line.find(' '));
    if (const auto at = line.find(" <unfinished"); at != std::string::npos) {
      unfinished_[process] = line.substr(0, at);
      return std::nullopt;
    }
    const auto resumed = line.find(" resumed>");
    Call out{resumed == std::string::npos ? line : unfinished_[process] + line.substr(resumed + 9), ""};
    const auto opening = out.line.find('(');
    if (opening == std::string::npos) return out;
    const bool opens = out.is("openat") || out.is("socket");
    const auto descriptor = number_at(out.line, opens ? out.line.rfind(" = ") + 3 : opening + 1);
    if (opens) names_[descriptor] = name_of(out.line);
    if (const auto found = names_.find(descriptor); found != names_.end()) out.of = found->second;
    if (out.is("close")) names_.erase(descriptor);
    return out;
  }

 private:
  static std::string number_at(const std::string& line, std::size_t at) {
    return line.substr(at, line.find_first_not_of("0123456789", at) - at);
  }
  static std::string name_of(const std::string& line) {
    if (line.find("(AF_INET") != std::string::npos) return "TCP";
    const auto quote = line.find('"');
    return quote == std::string::npos ? "" : line.substr(quote + 1, line.find('"', quote + 1) - quote - 1);
  }

  std::map<std::string, std::string> unfinished_, names_;
};

}  // namespace hookferry::test
