#include "core/files.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <linux/magic.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdlib>
#include <cstring>
#include <memory>

#include "core/text.hpp"

namespace hookferry {
namespace {

constexpr const char* check_the_path = "check the path and its permissions";

std::string reason() { return std::strerror(errno); }

[[noreturn]] void cannot_write(const std::string& path, const std::string& why) {
  throw Failure(Cause::cannot_write, fmt::format("cannot write {}: {}", printable(path), why),
                what_to_try(errno, check_the_folder));
}

bool is_own(uid_t owner) { return owner == ::geteuid() || owner == 0; }

std::string owner_text(uid_t owner) { return fmt::format("it belongs to another user (uid {})", owner); }

/// Whether other users can put a link in the place of a file there. In a sticky folder (/tmp) they cannot.
bool others_may_change(const std::filesystem::path& folder) {
  struct stat facts {};
  if (::stat(folder.empty() ? "." : folder.c_str(), &facts) != 0) return true;
  const bool shared = (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0 && (facts.st_mode & S_ISVTX) == 0;
  return shared || !is_own(facts.st_uid);
}

struct Target {
  std::string path;       ///< no link, or one of the process's own open files
  Descriptor handle{-1};  ///< O_PATH; -1 if there is nothing
  struct stat facts {};
  bool inherited = false;         ///< /dev/fd/N, /dev/stdin: open since before this program
  int error = 0;                  ///< why there is no handle
  std::string untrusted_symlink;  ///< a link that is not to be followed, as the end of a sentence
};

enum class Links { followed_where_own, followed_where_safe };
Target target_of(const std::string& path, Links links) {
  constexpr int most_links = 40;  // as many as the kernel itself follows
  Target out;
  out.path = path;
  for (int i = 0; i < most_links; ++i) {
    out.handle = Descriptor(::open(out.path.c_str(), O_PATH | O_NOFOLLOW | O_CLOEXEC));
    out.error = errno;
    if (out.handle.get() < 0 || ::fstat(out.handle.get(), &out.facts) != 0 || !S_ISLNK(out.facts.st_mode))
      return out;
    // The kernel itself makes the links below /proc.
    struct statfs system {};
    out.inherited = ::fstatfs(out.handle.get(), &system) == 0 && system.f_type == PROC_SUPER_MAGIC;
    if (out.inherited) return out;
    const auto folder = std::filesystem::path(out.path).parent_path();
    if (!is_own(out.facts.st_uid))
      out.untrusted_symlink = fmt::format("it is a link of another user (uid {})", out.facts.st_uid);
    if (links == Links::followed_where_safe && others_may_change(folder))
      out.untrusted_symlink = "it is a link in a folder that others may write";
    if (!out.untrusted_symlink.empty()) return out;
    std::array<char, 4096> next{};
    const auto size = ::readlinkat(out.handle.get(), "", next.data(), next.size());
    out.path = size > 0 ? (folder / std::string(next.data(), static_cast<std::size_t>(size))).string() : "";
  }
  out.handle = Descriptor(-1);
  out.error = ELOOP;
  return out;
}

/// The very file that the handle stands for, whatever has become of its name. Without /proc by its name.
Descriptor reopened(const Target& target, int flags) {
  flags = (flags & ~(O_CREAT | O_EXCL)) | O_CLOEXEC;
  if (target.inherited) return Descriptor(::open(target.path.c_str(), flags));
  const auto self = fmt::format("/proc/self/fd/{}", target.handle.get());
  Descriptor out(::open(self.c_str(), flags));
  if (out.get() >= 0 || errno != ENOENT) return out;
  out = Descriptor(::open(target.path.c_str(), flags | O_NOFOLLOW));
  struct stat facts {};
  const bool same = out.get() >= 0 && ::fstat(out.get(), &facts) == 0 &&
                    facts.st_dev == target.facts.st_dev && facts.st_ino == target.facts.st_ino;
  return same ? std::move(out) : Descriptor(-1);
}

/// Otherwise each 4 KiB of a large file costs a page fault. Where the kernel has none, nothing changes.
void prefer_large_pages(std::string& buffer) {
  constexpr std::size_t page = 2 * 1024 * 1024;
  void* begin = buffer.data();
  auto room = buffer.capacity();
  if (std::align(page, page, begin, room) != nullptr) ::madvise(begin, room / page * page, MADV_HUGEPAGE);
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
  return fmt::format("{}{}", bytes, units.at(unit));
}

Descriptor::~Descriptor() {
  if (fd_ > STDERR_FILENO) ::close(fd_);
}

bool is_there(const std::filesystem::path& path) {
  std::error_code ignored;
  return std::filesystem::exists(path, ignored);
}

std::string read_file(const std::string& path, std::string_view what, const ReadLimit& limit) {
  const Descriptor file(path == "-" ? STDIN_FILENO : ::open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (file.get() >= 0) return read_descriptor(file.get(), path, what, limit);
  throw Failure(Cause::no_input, fmt::format("cannot read {} {}: {}", what, name_of(path), reason()),
                what_to_try(errno, check_the_path));
}

std::string read_descriptor(int fd, const std::string& path, std::string_view what, const ReadLimit& limit) {
  std::string out;
  read_into(out, fd, path, what, limit);
  return out;
}

void read_into(std::string& out, int fd, const std::string& path, std::string_view what,
               const ReadLimit& limit) {
  const auto failure = [&](Cause cause, const std::string& why, const char* hint) -> Failure {
    return {cause, fmt::format("cannot read {} {}: {}", what, name_of(path), why), hint};
  };
  const auto require_within_limit = [&](std::size_t size) {
    if (size > limit.bytes)
      throw failure(limit.cause, "it is larger than " + size_text(limit.bytes),
                    "check that it is the right file");
  };
  constexpr std::size_t piece = 1 << 16;
  struct stat facts {};
  if (::fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode)) {
    const auto size = static_cast<std::size_t>(facts.st_size);
    require_within_limit(size);
    if (size > piece) out.reserve(size + piece);  // growing would copy
    prefer_large_pages(out);
  }
  while (true) {
    const auto before = out.size();
    out.resize(std::min(before + piece, limit.bytes + 1));
    const auto count = ::read(fd, out.data() + before, out.size() - before);
    out.resize(before + static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    if (count < 0 && errno == EINTR) continue;
    if (count < 0)
      throw failure(Cause::no_input, fd == STDIN_FILENO && errno == EBADF ? "it is closed" : reason(),
                    check_the_path);
    if (count == 0) return;
    require_within_limit(out.size());
  }
}

Descriptor open_trusted(const std::string& path, int flags, std::string_view what, Cause refused) {
  const bool reads = (flags & O_ACCMODE) == O_RDONLY;
  const bool creates = (flags & O_CREAT) != 0;
  const auto failure = [&](Cause cause, const std::string& why, const std::string& hint) -> Failure {
    const auto* verb = reads ? "read" : "open";
    return {cause, fmt::format("cannot {} {} {}: {}", verb, what, name_of(path), why), hint};
  };
  while (true) {
    const auto target = target_of(path, Links::followed_where_own);
    if (!target.untrusted_symlink.empty())
      throw failure(refused, target.untrusted_symlink, "name the file itself, in a folder of your own");
    const bool missing = target.handle.get() < 0;
    if (missing && (!creates || target.error != ENOENT))
      throw failure(creates ? refused : Cause::no_input, std::strerror(target.error),
                    what_to_try(target.error, check_the_path));
    const bool file = missing || target.inherited || S_ISREG(target.facts.st_mode);
    if (!file && !is_own(target.facts.st_uid))  // before opening, which may hang or set something off
      throw failure(refused, owner_text(target.facts.st_uid), "use a file of your own");
    auto out = missing
                   ? Descriptor(::open(target.path.c_str(), flags | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600))
                   : reopened(target, flags);
    if (out.get() >= 0) return out;
    if (missing && errno == EEXIST) continue;  // another process was faster
    throw failure(reads ? Cause::no_input : refused, reason(), what_to_try(errno, check_the_path));
  }
}

UnsafePermissions unsafe_permissions(int fd) {
  using Kind = UnsafePermissions::Kind;
  struct stat facts {};
  if (::fstat(fd, &facts) != 0) return {Kind::not_own, reason()};
  if (S_ISDIR(facts.st_mode)) return {Kind::not_own, "it is a folder"};
  if (S_ISBLK(facts.st_mode)) return {Kind::not_own, "it is a disk"};
  if (!is_own(facts.st_uid)) return {Kind::not_own, owner_text(facts.st_uid)};
  const bool written = (facts.st_mode & (S_IWGRP | S_IWOTH)) != 0 && !S_ISCHR(facts.st_mode);
  if (!written) return {};
  return {Kind::may_write,
          fmt::format("it is writable by other users (mode 0{:03o})", facts.st_mode & 0777U)};
}

bool others_may_read(int fd) {
  struct stat facts {};
  return ::fstat(fd, &facts) == 0 && S_ISREG(facts.st_mode) && (facts.st_mode & (S_IRGRP | S_IROTH)) != 0;
}

std::string read_private(const std::string& path, std::string_view what, const ReadLimit& limit,
                         Cause refused) {
  if (path == "-") return read_file(path, what, limit);
  return read_descriptor(open_private(path, O_RDONLY, what, refused).get(), path, what, limit);
}

Descriptor open_private(const std::string& path, int flags, std::string_view what, Cause refused) {
  auto out = open_trusted(path, flags, what, refused);
  const auto unsafe = unsafe_permissions(out.get());
  if (unsafe.kind == UnsafePermissions::Kind::none) return out;
  throw Failure(refused, fmt::format("refusing {} {}: {}", what, name_of(path), unsafe.why),
                unsafe.kind == UnsafePermissions::Kind::may_write
                    ? "run chmod go-w " + name_of(path) + " and check its contents"
                    : "use a file of your own");
}

bool write_all(int fd, std::string_view content) {
  while (!content.empty()) {
    const auto written = ::write(fd, content.data(), content.size());
    if (written < 0 && errno == EINTR) continue;
    if (written < 0) return false;
    content.remove_prefix(static_cast<std::size_t>(written));
  }
  return true;
}

void write_file(const std::string& path, std::string_view content) {
  write_file(path, [&](const Write& write) { write(content); });
}

void write_file(const std::string& path, const std::function<void(const Write& write)>& produce) {
  if (path == "-") return produce(write_stdout);
  // A symlink is written through: rename would replace the link and leave what it points to as it was.
  const auto target = target_of(path, Links::followed_where_safe);
  if (!target.untrusted_symlink.empty()) cannot_write(path, target.untrusted_symlink);
  if (target.handle.get() < 0 && target.error == ELOOP) cannot_write(path, std::strerror(ELOOP));
  const auto require = [&](bool done) {
    if (!done && errno == EPIPE) throw ReaderGone();
    if (!done) cannot_write(path, reason());
  };
  const auto write_to = [&](const Descriptor& file) {
    require(file.get() >= 0);
    produce([&](std::string_view piece) { require(write_all(file.get(), piece)); });
  };
  if (target.handle.get() >= 0 && (target.inherited || !S_ISREG(target.facts.st_mode))) {
    // A device or a pipe, such as /dev/null: nothing to rename over.
    if (!is_own(target.facts.st_uid)) cannot_write(path, owner_text(target.facts.st_uid));
    return write_to(reopened(target, O_WRONLY));
  }
  std::string temporary = target.path + ".XXXXXX";
  const Descriptor file(::mkostemp(temporary.data(), O_CLOEXEC));  // mode 0600
  try {
    write_to(file);
    require(::fsync(file.get()) == 0);
    require(::rename(temporary.c_str(), target.path.c_str()) == 0);
  } catch (...) {
    ::unlink(temporary.c_str());
    throw;
  }
  sync_directory(std::filesystem::path(target.path).parent_path());
}

void write_stdout(std::string_view content) {
  if (write_all(STDOUT_FILENO, content)) return;
  if (errno == EPIPE) throw ReaderGone();
  throw Failure(Cause::cannot_write,
                "cannot write to standard output: " + (errno == EBADF ? "it is closed" : reason()));
}

void make_directory(const std::filesystem::path& path, std::string_view hint) {
  namespace fs = std::filesystem;
  std::error_code error;
  std::vector<fs::path> missing;  // the innermost first
  for (auto folder = path; !folder.empty() && !fs::is_directory(folder, error); folder = folder.parent_path())
    missing.push_back(folder);
  for (; !missing.empty(); missing.pop_back()) {
    const auto old = ::umask(0077);
    const bool made = fs::create_directory(missing.back(), error);
    ::umask(old);
    if (error)
      throw Failure(Cause::cannot_write,
                    fmt::format("cannot make the folder {}: {}", printable(path.string()), error.message()),
                    std::string(hint));
    if (made) sync_directory(missing.back().parent_path(), hint);
  }
}

void sync_directory(const std::filesystem::path& path, std::string_view hint) {
  const auto folder = path.empty() ? std::filesystem::path(".") : path;
  const Descriptor opened(::open(folder.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  // EINVAL: a file system that has no folders on disk.
  if (opened.get() >= 0 && (::fsync(opened.get()) == 0 || errno == EINVAL)) return;
  // A folder that may be written but not read cannot be opened, and is left to the file system.
  if (opened.get() < 0 && errno == EACCES) return;
  throw Failure(Cause::cannot_write,
                fmt::format("cannot sync the folder {}: {}", printable(folder.string()), reason()),
                what_to_try(errno, hint));
}

}  // namespace hookferry
