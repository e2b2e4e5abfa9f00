#include "core/files.hpp"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>

#include "core/failure.hpp"
#include "core/text.hpp"

namespace hookferry {
namespace {

std::string reason() { return std::strerror(errno); }

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
  const auto hint = what_to_try(errno, check_the_folder);
  throw Failure(Cause::cannot_write, "cannot write " + printable(path) + ": " + why, hint);
}

constexpr const char* check_the_path = "check the path and its permissions";

/// As often as the kernel itself would.
constexpr int most_links = 40;

bool is_own(uid_t owner) { return owner == ::geteuid() || owner == 0; }

std::string owner_text(uid_t owner) {
  return "it belongs to another user (uid " + std::to_string(owner) + ")";
}

/// Nobody else can put a link there, or put it in another's place: in a sticky folder (/tmp) each has one's
/// own.
bool others_may_change(const std::filesystem::path& folder) {
  struct stat facts {};
  if (::stat(folder.empty() ? "." : folder.c_str(), &facts) != 0) return true;
  const bool shared = (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (facts.st_mode & S_ISVTX) == 0;
  return shared || !is_own(facts.st_uid);
}

/// What a path leads to, links followed one by one.
struct Place {
  std::string path;       ///< no link, or one of the process's own open files
  Descriptor handle{-1};  ///< O_PATH; -1 where there is nothing
  struct stat facts {};
  bool inherited = false;         ///< /dev/fd/N, /dev/stdin: open since before this program
  int error = 0;                  ///< why there is no handle
  std::string untrusted_symlink;  ///< a link that is not to be followed, as the end of a sentence
};

/// Links below /proc are no files that somebody made.
bool is_of_process(int fd) {
  struct statfs facts {};
  return ::fstatfs(fd, &facts) == 0 && facts.f_type == PROC_SUPER_MAGIC;
}

/// Where the link leads; empty where that cannot be told.
std::string target_of(const Place& place) {
  std::string out(4096, '\0');
  const auto size = ::readlinkat(place.handle.get(), "", out.data(), out.size());
  if (size <= 0) return {};
  out.resize(static_cast<std::size_t>(size));
  return (std::filesystem::path(place.path).parent_path() / out).string();
}

enum class Links { followed_where_own, followed_where_safe };

Place place_of(const std::string& path, Links links) {
  Place out;
  out.path = path;
  for (int i = 0; i < most_links; ++i) {
    out.handle = Descriptor(::open(out.path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    out.error = errno;
    if (out.handle.get() < 0 || ::fstat(out.handle.get(), &out.facts) != 0 || !S_ISLNK(out.facts.st_mode))
      return out;
    out.inherited = is_of_process(out.handle.get());
    if (out.inherited) return out;
    if (!is_own(out.facts.st_uid))
      out.untrusted_symlink = "it is a link of another user (uid " + std::to_string(out.facts.st_uid) + ")";
    if (links == Links::followed_where_safe &&
        others_may_change(std::filesystem::path(out.path).parent_path()))
      out.untrusted_symlink = "it is a link in a folder that others may write";
    if (!out.untrusted_symlink.empty()) return out;
    out.path = target_of(out);
  }
  out.handle = Descriptor(-1);
  out.error = ELOOP;
  return out;
}

/// The very file that the handle stands for, whatever has become of its name. Without /proc by its name.
Descriptor reopened(const Place& place, int flags) {
  flags = (flags & ~(O_CREAT | O_EXCL)) | O_CLOEXEC;
  if (place.inherited) return Descriptor(::open(place.path.c_str(), flags));
  const auto self = "/proc/self/fd/" + std::to_string(place.handle.get());
  Descriptor out(::open(self.c_str(), flags));
  if (out.get() >= 0 || errno != ENOENT) return out;
  out = Descriptor(::open(place.path.c_str(), flags | O_NOFOLLOW));
  struct stat facts {};
  const bool same = out.get() >= 0 && ::fstat(out.get(), &facts) == 0 && facts.st_dev == place.facts.st_dev &&
                    facts.st_ino == place.facts.st_ino;
  return same ? std::move(out) : Descriptor(-1);
}

std::string name_of(const std::string& path) {
  return path == "-" ? "standard input" : path.empty() ? "\"\"" : printable(path);
}

}  // namespace

std::string what_to_try(int error, std::string_view otherwise) {
  const bool exhausted = error == EMFILE || error == ENFILE;
  return std::string(exhausted ? "the process needs more open files (ulimit -n)" : otherwise);
}

std::string size_text(std::size_t bytes) {
  constexpr std::array<std::string_view, 4> units = {" bytes", " KiB", " MiB", " GiB"};
  std::size_t unit = 0;
  for (; unit + 1 < units.size() && bytes >= 1024 && bytes % 1024 == 0; ++unit) bytes /= 1024;
  return std::to_string(bytes) + std::string(units.at(unit));
}

Descriptor::~Descriptor() {
  if (fd_ > STDERR_FILENO) ::close(fd_);
}

std::string read_file(const std::string& path, std::string_view what, const ReadLimit& limit) {
  const Descriptor file(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() < 0)
    throw Failure(Cause::no_input, "cannot read " + std::string(what) + " " + name_of(path) + ": " + reason(),
                  what_to_try(errno, check_the_path));
  return read_descriptor(file.get(), path, what, limit);
}

std::string read_descriptor(int fd, const std::string& path, std::string_view what, const ReadLimit& limit) {
  const auto failure = [&](Cause cause, const std::string& why, const char* hint) -> Failure {
    return {cause, "cannot read " + std::string(what) + " " + name_of(path) + ": " + why, hint};
  };
  const auto too_large = [&] {
    return failure(limit.cause, "it is larger than " + size_text(limit.bytes),
                   "check that it is the right file");
  };
  struct stat facts {};
  if (::fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) &&
      static_cast<std::size_t>(facts.st_size) > limit.bytes)
    throw too_large();
  std::string out;
  if (S_ISREG(facts.st_mode)) out.reserve(static_cast<std::size_t>(facts.st_size));  // growing would copy
  std::string chunk(1 << 16, '\0');
  while (true) {
    const auto count = ::read(fd, chunk.data(), chunk.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      throw failure(Cause::no_input, fd == STDIN_FILENO && errno == EBADF ? "it is closed" : reason(),
                    check_the_path);
    if (count == 0) return out;
    if (out.size() + static_cast<std::size_t>(count) > limit.bytes) throw too_large();
    out.append(chunk, 0, static_cast<std::size_t>(count));
  }
}

Descriptor open_trusted(const std::string& path, int flags, std::string_view what, Cause refused) {
  const auto failure = [&](Cause cause, const std::string& why, const std::string& hint) -> Failure {
    const auto* verb = (flags & O_ACCMODE) == O_RDONLY ? "cannot read " : "cannot open ";
    return {cause, verb + std::string(what) + " " + name_of(path) + ": " + why, hint};
  };
  while (true) {
    const auto place = place_of(path, Links::followed_where_own);
    if (!place.untrusted_symlink.empty())
      throw failure(refused, place.untrusted_symlink, "name the file itself, in a folder of your own");
    const bool missing = place.handle.get() < 0;
    if (missing && ((flags & O_CREAT) == 0 || place.error != ENOENT)) {
      errno = place.error;
      throw failure((flags & O_CREAT) == 0 ? Cause::no_input : refused, reason(),
                    what_to_try(place.error, check_the_path));
    }
    const bool file = missing || place.inherited || S_ISREG(place.facts.st_mode);
    if (!file && !is_own(place.facts.st_uid))  // before opening, which may hang or set something off
      throw failure(refused, owner_text(place.facts.st_uid), "use a file of your own");
    auto out = missing ? Descriptor(::open(place.path.c_str(), flags | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600))
                       : reopened(place, flags);
    if (out.get() >= 0) return out;
    if (missing && errno == EEXIST) continue;  // somebody was faster: looked at anew
    throw failure((flags & O_ACCMODE) == O_RDONLY ? Cause::no_input : refused, reason(),
                  what_to_try(errno, check_the_path));
  }
}

OthersHand unsafe_permissions(int fd) {
  using Kind = OthersHand::Kind;
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return {Kind::not_own, reason()};
  if (S_ISDIR(facts.st_mode)) return {Kind::not_own, "it is a folder"};
  if (S_ISBLK(facts.st_mode)) return {Kind::not_own, "it is a disk"};
  if (!is_own(facts.st_uid)) return {Kind::not_own, owner_text(facts.st_uid)};
  constexpr std::array<char, 8> digits = {'0', '1', '2', '3', '4', '5', '6', '7'};
  std::string mode = "0";
  for (const auto shift : {6U, 3U, 0U}) mode.push_back(digits.at((facts.st_mode >> shift) & 7U));
  const bool written = (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !S_ISCHR(facts.st_mode);
  if (!written) return {};
  return {Kind::may_write, "others may write it (mode " + mode + ")"};
}

void require_private(int fd, const std::string& path, std::string_view what, Cause refused) {
  const auto hand = unsafe_permissions(fd);
  if (hand.kind == OthersHand::Kind::none) return;
  throw Failure(refused, std::string(what) + " " + name_of(path) + " is not used: " + hand.why,
                hand.kind == OthersHand::Kind::may_write
                    ? "chmod go-w it, and see that it holds what you put there"
                    : "use a file of your own");
}

Descriptor open_private(const std::string& path, int flags, std::string_view what, Cause refused) {
  auto out = open_trusted(path, flags, what, refused);
  require_private(out.get(), path, what, refused);
  return out;
}

void write_file(const std::string& path, std::string_view content) {
  write_file(path, [&](const Write& write) { write(content); });
}

void write_file(const std::string& path, const std::function<void(const Write& write)>& produce) {
  if (path == "-") return produce(write_stdout);
  // A symlink is written through: rename would replace the link and leave what it points to as it was.
  const auto place = place_of(path, Links::followed_where_safe);
  if (!place.untrusted_symlink.empty()) cannot_write(path, place.untrusted_symlink);
  if (place.handle.get() < 0 && place.error == ELOOP) cannot_write(path, std::strerror(ELOOP));
  if (place.handle.get() >= 0 && (place.inherited || !S_ISREG(place.facts.st_mode))) {
    // A device or a pipe, such as /dev/null: nothing to rename over.
    if (!is_own(place.facts.st_uid)) cannot_write(path, owner_text(place.facts.st_uid));
    const auto target = reopened(place, O_WRONLY);
    if (target.get() < 0) cannot_write(path, reason());
    return produce([&](std::string_view piece) {
      if (!write_all(target.get(), piece)) cannot_write(path, reason());
    });
  }
  std::string temporary = place.path + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  if (file.get() < 0) cannot_write(path, reason());
  const auto require = [&](bool done) {
    if (!done) cannot_write(path, reason());
  };
  try {
    produce([&](std::string_view piece) { require(write_all(file.get(), piece)); });
    require(::fsync(file.get()) == 0);
    require(::rename(temporary.c_str(), place.path.c_str()) == 0);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
}

void write_stdout(std::string_view content) {
  if (write_all(STDOUT_FILENO, content)) return;
  if (errno == EPIPE) throw ReaderGone();
  throw Failure(Cause::cannot_write,
                "cannot write to standard output: " + (errno == EBADF ? "it is closed" : reason()));
}

void make_directory(const std::filesystem::path& path, std::string_view hint) {
  const auto old = ::umask(0077);
  std::error_code error;
  std::filesystem::create_directories(path, error);
  ::umask(old);
  if (error)
    throw Failure(Cause::cannot_write,
                  "cannot make the folder " + printable(path.string()) + ": " + error.message(),
                  std::string(hint));
}

void hold_standard_descriptors() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO}) {
    if (::fcntl(fd, F_GETFD) >= 0) continue;
    // The lowest that is free is taken: just this one.
    const int held = ::open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY);
    if (held > fd) ::close(held);
  }
}

}  // namespace hookferry
