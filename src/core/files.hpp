// Whole files: read with clear errors, written beside and renamed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <functional>
#include <string_view>
#include <utility>

#include "core/failure.hpp"

namespace hookferry {

/// An open descriptor, closed with its owner; the three standard ones stay open.
class Descriptor {
 public:
  explicit Descriptor(int fd) : fd_(fd) {}
  Descriptor(Descriptor&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  Descriptor& operator=(Descriptor&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~Descriptor();
  int get() const { return fd_; }

 private:
  int fd_;
};

/// Whether there is anything at that path, as far as can be found out.
[[nodiscard]] bool is_there(const std::filesystem::path& path);

/// How much of a file is read before it is refused with `cause`: a device could fill the memory.
struct ReadLimit {
  std::size_t bytes;
  Cause cause;
};
/// For webhooks and ledgers.
inline constexpr ReadLimit data_limit{std::size_t{1} << 30, Cause::bad_data};
/// "64 KiB"
std::string size_text(std::size_t bytes);

/// The file's bytes, or standard input for "-". Failure(no_input) where there is none or it cannot be read,
/// Failure(limit.cause) where it is larger. `what` is for the error: "the configuration file".
std::string read_file(const std::string& path, std::string_view what, const ReadLimit& limit = data_limit);

/// The same of what is open already; `path` names it in errors.
std::string read_descriptor(int fd, const std::string& path, std::string_view what, const ReadLimit& limit);
/// The same, into a text that has memory for one byte more than `limit`, so that no copies stay behind.
void read_into(std::string& out, int fd, const std::string& path, std::string_view what,
               const ReadLimit& limit);

/// Opens what a run relies on (a ledger, a configuration, a key) without being led astray by others who may
/// write to the folder: a symbolic link is followed only where the user or root made it, a pipe or device is
/// opened only where it is the user's or root's. `flags` as of open(2); with O_CREAT a new file has mode
/// 0600. What is given as /dev/fd/N or /dev/stdin is open already and taken as it is. Failure(no_input) where
/// there is none (without O_CREAT), Failure(refused) for all else.
Descriptor open_trusted(const std::string& path, int flags, std::string_view what, Cause refused);

/// What users other than this one and root can do to an open file.
struct UnsafePermissions {
  enum class Kind { none, not_own, may_write };
  Kind kind = Kind::none;
  /// The end of a sentence: "it belongs to another user (uid 1000)", … It is empty if they can do nothing.
  std::string why = {};
};
UnsafePermissions unsafe_permissions(int fd);
/// Whether an open file, which is no pipe or device, can be read by other users.
[[nodiscard]] bool others_may_read(int fd);

/// As open_trusted() does, and Failure(refused) if the permissions are unsafe.
Descriptor open_private(const std::string& path, int flags, std::string_view what, Cause refused);

/// The bytes of what open_private() opens; "-" is standard input, as for read_file().
std::string read_private(const std::string& path, std::string_view what, const ReadLimit& limit,
                         Cause refused);

/// Writes all of it, however many calls that takes. False where the system refuses: errno says why.
[[nodiscard]] bool write_all(int fd, std::string_view content);

/// Writes beside `path` and renames, mode 0600, after fsync, and syncs the folder: a reader, a crash or a
/// full disk never meets half a file, and an existing file survives any failure. A symbolic link is written
/// through where the user (or root) made it in a folder where no other user could have put it; a pipe or
/// device is written to where it is the user's or root's. "-" is standard output. Failure(cannot_write).
void write_file(const std::string& path, std::string_view content);
/// The same, piece by piece: `produce` is called once and calls `write` for each. What it throws is thrown,
/// and an existing file is as it was.
using Write = std::function<void(std::string_view piece)>;
void write_file(const std::string& path, const std::function<void(const Write& write)>& produce);

/// The reader of standard output (`| head`) has ended, which is no error to report.
class ReaderGone : public Failure {
 public:
  ReaderGone() : Failure(Cause::cannot_write, "cannot write to standard output: its reader is gone") {}
};

/// All of it to standard output; ReaderGone, or Failure(cannot_write) where that is closed or full.
void write_stdout(std::string_view content);

/// Makes the folder and its parents, mode 0700, on disk. Failure(cannot_write) has that hint.
inline constexpr std::string_view check_the_folder =
    "check that the folder exists, is writable and has space";
void make_directory(const std::filesystem::path& path, std::string_view hint = check_the_folder);

/// What was made or renamed in the folder is on disk then. Failure(cannot_write).
void sync_directory(const std::filesystem::path& path, std::string_view hint = check_the_folder);

/// The hint for a call that failed with `error`: `otherwise`, unless descriptors ran out.
std::string what_to_try(int error, std::string_view otherwise);

}  // namespace hookferry
