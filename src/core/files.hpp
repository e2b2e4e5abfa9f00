// Whole files: read with clear errors, written beside and renamed.
#pragma once

#include <cstddef>
#include <filesystem>
#include <string>
#include <string_view>

#include "core/failure.hpp"

namespace hookferry {

/// How much is read of a file before it is refused, with `exit`: a device or a mistaken name would fill the
/// memory.
struct ReadLimit {
  std::size_t bytes;
  Exit exit;
};
/// For webhooks and ledgers.
inline constexpr ReadLimit data_limit{std::size_t{1} << 30, Exit::bad_data};
/// "64 KiB"
std::string size_text(std::size_t bytes);

/// The file's bytes, or standard input for "-". Failure(no_input) where there is none or it cannot be read,
/// Failure(limit.exit) where it is larger. `what` names the file's part in the error line, such as "the
/// configuration file".
std::string read_file(const std::string& path, std::string_view what, const ReadLimit& limit = data_limit);

/// Writes beside `path` and renames, mode 0600, after fsync: a reader, a crash or a full disk never meets
/// half a file, and an existing file survives any failure. "-" is standard output. Failure(cannot_write).
void write_file(const std::string& path, std::string_view content);

/// All of it to standard output; Failure(cannot_write) where that is closed or full.
void write_stdout(std::string_view content);

/// With its parents, mode 0700. Failure(cannot_write).
void make_directory(const std::filesystem::path& path);

}  // namespace hookferry
