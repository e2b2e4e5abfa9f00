#include "core/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/failure.hpp"
#include "core/printable.hpp"

namespace hookferry {
namespace {

std::string reason() { return std::strerror(errno); }

/// An open descriptor, closed with its owner.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (fd_ > STDERR_FILENO) ::close(fd_);
  }
  int get() const { return fd_; }

 private:
  int fd_;
};

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

[[noreturn]] void cannot_write(const std::string& path, const std::string& why) {
  throw Failure(Exit::cannot_write, "cannot write " + printable(path) + ": " + why,
                "check that the folder exists, is writable and has space");
}

}  // namespace

std::string size_text(std::size_t bytes) {
  constexpr std::array<std::string_view, 4> units = {" bytes", " KiB", " MiB", " GiB"};
  std::size_t unit = 0;
  for (; unit + 1 < units.size() && bytes >= 1024 && bytes % 1024 == 0; ++unit) bytes /= 1024;
  return std::to_string(bytes) + std::string(units.at(unit));
}

std::string read_file(const std::string& path, std::string_view what, const ReadLimit& limit) {
  const auto failure = [&](Exit code, const std::string& why, const char* hint) -> Failure {
    const auto name = path == "-" ? "standard input" : path.empty() ? "\"\"" : printable(path);
    return {code, "cannot read " + std::string(what) + " " + name + ": " + why, hint};
  };
  const auto unreadable = [&] {
    return failure(Exit::no_input, reason(), "check the path and its permissions");
  };
  const auto too_large = [&] {
    return failure(limit.exit, "it is larger than " + size_text(limit.bytes),
                   "check that it is the right file");
  };
  const Descriptor file(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0) throw unreadable();
  struct stat facts {};
  if (::fstat(file.get(), &facts) == 0 && S_ISREG(facts.st_mode) &&
      static_cast<std::size_t>(facts.st_size) > limit.bytes)
    throw too_large();
  std::string out;
  std::string chunk(1 << 16, '\0');
  while (true) {
    const auto count = ::read(file.get(), chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) throw unreadable();
    if (count == 0) return out;
    if (out.size() + static_cast<std::size_t>(count) > limit.bytes) throw too_large();
    out.append(chunk, 0, static_cast<std::size_t>(count));
  }
}

void write_file(const std::string& path, std::string_view content) {
  if (path == "-") return write_stdout(content);
  // A symlink is written through: rename would replace the link and leave what it points to as it was.
  std::error_code ignored;
  const auto resolved =
      std::filesystem::is_symlink(path, ignored) ? std::filesystem::weakly_canonical(path).string() : path;
  if (std::filesystem::exists(resolved, ignored) && !std::filesystem::is_regular_file(resolved, ignored)) {
    // A device or a pipe, such as /dev/null: nothing to rename over.
    const Descriptor target(::open(resolved.c_str(), O_WRONLY | O_CLOEXEC));
    if (target.get() < 0 || !write_all(target.get(), content)) cannot_write(path, reason());
    return;
  }
  std::string temporary = resolved + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (file.get() < 0) cannot_write(path, reason());
  if (!write_all(file.get(), content) || ::fsync(file.get()) != 0 ||
      ::rename(temporary.c_str(), resolved.c_str()) != 0) {
    const auto why = reason();
    ::unlink(temporary.c_str());
    cannot_write(path, why);
  }
}

void write_stdout(std::string_view content) {
  if (!write_all(STDOUT_FILENO, content))
    throw Failure(Exit::cannot_write, "cannot write to standard output: " + reason());
}

void make_directory(const std::filesystem::path& path) {
  const auto old = ::umask(0077);
  std::error_code error;
  std::filesystem::create_directories(path, error);
  ::umask(old);
  if (error) cannot_write(path.string(), error.message());
}

}  // namespace hookferry
