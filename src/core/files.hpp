// Whole files: read with clear errors, written beside and renamed.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>

namespace hookferry {

/// The file's bytes, or standard input for "-". Failure(no_input) where there is none or it cannot be read.
/// `what` names the file's part in the error line, such as "the configuration file".
std::string read_file(const std::string& path, std::string_view what);

/// Writes beside `path` and renames, mode 0600, after fsync: a reader, a crash or a full disk never meets
/// half a file, and an existing file survives any failure. "-" is standard output. Failure(cannot_write).
void write_file(const std::string& path, std::string_view content);

/// All of it to standard output; Failure(cannot_write) where that is closed or full.
void write_stdout(std::string_view content);

/// With its parents, mode 0700. Failure(cannot_write).
void make_directory(const std::filesystem::path& path);

}  // namespace hookferry
