#include "accounts/keys.hpp"

#include <fcntl.h>
#include <spawn.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <csignal>
#include <cstdlib>
#include <optional>
#include <utility>

#include "core/failure.hpp"
#include "core/files.hpp"
#include "core/printable.hpp"

namespace hookferry {
namespace {

using Warn = std::function<void(const std::string&)>;

/// Far above any key; for what a key command prints, too.
constexpr ReadLimit key_limit{std::size_t{64} << 10, Exit::configuration};

/// A key goes into a header line: a byte that ends the line would let it say more than one thing.
Secret checked(std::string key, const std::string& from) {
  const auto control = [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; };
  if (key.empty())
    throw Failure(Exit::configuration, from + " holds no key", "put the API key there, on one line");
  if (key.starts_with("\xEF\xBB\xBF"))
    throw Failure(Exit::configuration, "the key in " + from + " begins with a byte order mark (UTF-8)",
                  "save it as plain text without one");
  if (key.find('\r') != std::string::npos)
    throw Failure(Exit::configuration,
                  "the key in " + from + " holds a carriage return (a Windows line end?)",
                  "save it with Unix line ends, or without any");
  if (std::any_of(key.begin(), key.end(), control))
    throw Failure(Exit::configuration, "the key in " + from + " holds a control byte",
                  "a key is one line of printable characters");
  return Secret(std::move(key));
}

/// The first line. Standard input is there once: the setting that took the key from it (`asker`) gets the
/// same again, for its next account, and no other gets any.
Secret from_standard_input(const std::string& asker) {
  static std::string taken_by;
  static Secret key;
  if (taken_by.empty()) {
    const auto text = read_file("-", "the key on", key_limit);
    key = checked(text.substr(0, text.find('\n')), "standard input");
    taken_by = asker;
  }
  if (taken_by != asker)
    throw Failure(Exit::usage, "standard input cannot hold both keys",
                  taken_by + " has taken it; put the key of " + asker + " into a file or the environment");
  return key;
}

Secret from_file(const std::string& path, const std::string& asker, const Warn& warn) {
  if (path == "-") return from_standard_input(asker);
  auto text = read_file(path, "the key file", key_limit);
  if (text.ends_with('\n')) text.pop_back();
  struct stat facts {};
  if (::stat(path.c_str(), &facts) == 0 && S_ISREG(facts.st_mode) &&
      (facts.st_mode & (S_IRGRP | S_IROTH)) != 0)
    warn("others on this machine may read the key file " + printable(path) + "; chmod 600 it");
  return checked(std::move(text), printable(path));
}

/// A shell that runs `command`; what it writes is read here.
class KeyCommand {
 public:
  explicit KeyCommand(const std::string& command) {
    std::array<int, 2> ends{-1, -1};
    if (::pipe2(ends.data(), O_CLOEXEC) != 0) return;
    read_end_ = ends[0];
    posix_spawn_file_actions_t files;
    ::posix_spawn_file_actions_init(&files);
    ::posix_spawn_file_actions_adddup2(&files, ends[1], STDOUT_FILENO);
    // What this process ignores would be ignored by the command as well.
    sigset_t restored;
    ::sigemptyset(&restored);
    ::sigaddset(&restored, SIGPIPE);
    ::sigaddset(&restored, SIGXFSZ);
    posix_spawnattr_t attributes;
    ::posix_spawnattr_init(&attributes);
    ::posix_spawnattr_setsigdefault(&attributes, &restored);
    ::posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
    std::string shell = "sh";
    std::string flag = "-c";
    std::string words = command;
    const std::array<char*, 4> arguments = {shell.data(), flag.data(), words.data(), nullptr};
    if (::posix_spawn(&pid_, "/bin/sh", &files, &attributes, arguments.data(), environ) != 0) pid_ = -1;
    ::posix_spawnattr_destroy(&attributes);
    ::posix_spawn_file_actions_destroy(&files);
    ::close(ends[1]);
  }
  KeyCommand(const KeyCommand&) = delete;
  KeyCommand& operator=(const KeyCommand&) = delete;
  ~KeyCommand() {
    if (pid_ > 0) ::kill(pid_, SIGKILL);
    status();
  }

  /// Nothing where it is more than the limit.
  std::optional<std::string> output() const {
    std::string out;
    std::array<char, 4096> chunk{};
    while (pid_ > 0) {
      const auto count = ::read(read_end_, chunk.data(), chunk.size());
      if (count < 0 && errno == EINTR) continue;
      if (count <= 0) break;
      out.append(chunk.data(), static_cast<std::size_t>(count));
      if (out.size() > key_limit.bytes) return std::nullopt;
    }
    return out;
  }

  /// Waits for its end; what waitpid says of it, -1 where it was not started.
  int status() {
    if (read_end_ >= 0) ::close(std::exchange(read_end_, -1));
    int out = -1;
    while (pid_ > 0 && ::waitpid(pid_, &out, 0) < 0 && errno == EINTR) {
    }
    pid_ = -1;
    return out;
  }

 private:
  pid_t pid_ = -1;
  int read_end_ = -1;
};

Secret from_command(const std::string& command, const std::string& origin) {
  KeyCommand running(command);
  const auto out = running.output();
  if (!out)
    throw Failure(Exit::configuration,
                  printable(origin) + ": the key command writes more than " + size_text(key_limit.bytes),
                  "it is to print the key on one line");
  const int status = running.status();
  if (status != 0) {
    throw Failure(
        Exit::configuration,
        printable(origin) + ": the key command failed" +
            (WIFEXITED(status) ? " with exit code " + std::to_string(WEXITSTATUS(status)) : std::string()),
        "run it by hand to see why");
  }
  return checked(out->substr(0, out->find('\n')), "the output of the command at " + printable(origin));
}

}  // namespace

Secret read_section_secret(const std::map<std::string, ConfigEntry>& section, const std::string& prefix,
                           const Warn& warn) {
  if (const auto file = section.find(prefix + "-file"); file != section.end())
    return from_file(file->second.value, printable(file->second.origin), warn);
  if (const auto variable = section.find(prefix + "-env"); variable != section.end()) {
    const auto* value = std::getenv(variable->second.value.c_str());
    if (value == nullptr)
      throw Failure(Exit::configuration, printable(variable->second.origin) + ": the environment variable " +
                                             printable(variable->second.value) + " is not set");
    return checked(value, "the environment variable " + printable(variable->second.value));
  }
  if (const auto command = section.find(prefix + "-command"); command != section.end())
    return from_command(command->second.value, command->second.origin);
  return {};
}

Secret read_key(const KeySources& sources, const std::string& side, const Warn& warn) {
  for (const auto& [option, path] : sources.files)
    if (!path.empty()) return from_file(path, "--" + option, warn);
  if (sources.section != nullptr)
    if (auto key = read_section_secret(*sources.section, "api-key", warn); !key.empty()) return key;
  for (const auto& variable : sources.variables) {
    const auto* value = std::getenv(variable.c_str());
    if (value != nullptr && *value != '\0') return checked(value, "the environment variable " + variable);
  }
  std::string ways = "set " + sources.variables.front();
  for (std::size_t i = 1; i < sources.variables.size(); ++i) ways += " or " + sources.variables[i];
  for (const auto& [option, path] : sources.files) ways += ", or name a file with --" + option;
  throw Failure(Exit::configuration, "there is no API key for " + side,
                ways + ", or set api-key-* in its section of the configuration");
}

}  // namespace hookferry
