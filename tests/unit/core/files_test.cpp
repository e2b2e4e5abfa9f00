#include "core/files.hpp"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <stdexcept>
#include <string>
#include <string_view>

#include "core/failure.hpp"
#include "support/files.hpp"
#include "support/rooms.hpp"

namespace {

using hookferry::Cause;
using hookferry::test::slurp;
using hookferry::test::spill;
using hookferry::test::TempDir;
namespace utf = boost::unit_test;

constexpr uid_t somebody = 65534;

/// Only root can give files to somebody else.
utf::assertion_result is_root(utf::test_unit_id) { return utf::assertion_result(::geteuid() == 0); }

void give_away(const std::filesystem::path& path) {
  BOOST_REQUIRE(::lchown(path.c_str(), somebody, somebody) == 0);
}

template <class Call>
void check_refused(Cause cause, std::string_view why, Call call) {
  try {
    call();
    BOOST_ERROR("accepted");
  } catch (const hookferry::Failure& failure) {
    BOOST_TEST((failure.cause == cause));
    BOOST_TEST(std::string_view(failure.what()).find(why) != std::string_view::npos, failure.what());
    BOOST_TEST(!failure.hint.empty());
  }
}

void check_write_refused(const std::filesystem::path& path, std::string_view why) {
  check_refused(Cause::cannot_write, why, [&] { hookferry::write_file(path.string(), "new"); });
}

void check_open_refused(const std::filesystem::path& path, std::string_view why) {
  check_refused(Cause::configuration, why, [&] {
    hookferry::open_private(path.string(), O_RDONLY, "the key file", Cause::configuration);
  });
}

std::string read_private(const std::filesystem::path& path) {
  const auto file = hookferry::open_private(path.string(), O_RDONLY, "the key file", Cause::configuration);
  return hookferry::read_descriptor(file.get(), path.string(), "the key file", hookferry::data_limit);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(files)

BOOST_AUTO_TEST_CASE(a_file_is_written_beside_and_renamed_for_its_owner_alone) {
  const TempDir folder;
  hookferry::write_file((folder / "out").string(), "one");
  hookferry::write_file((folder / "out").string(), "two");
  BOOST_TEST(slurp(folder / "out") == "two");
  struct stat facts {};
  ::stat((folder / "out").c_str(), &facts);
  BOOST_TEST((facts.st_mode & 0777) == 0600u);
  const std::filesystem::directory_iterator left(folder / "");
  BOOST_TEST(std::distance(begin(left), end(left)) == 1);
}

BOOST_AUTO_TEST_CASE(what_cannot_be_read_is_reported_with_the_reason) {
  const TempDir folder;
  try {
    hookferry::read_file(folder.path(), "the file");
    BOOST_ERROR("a folder was read");
  } catch (const hookferry::Failure& failure) {
    BOOST_TEST(std::string(failure.what()).ends_with(": Is a directory"), failure.what());
  }
}

BOOST_AUTO_TEST_CASE(a_size_is_shown_in_the_largest_unit_that_leaves_a_whole_number) {
  BOOST_TEST(hookferry::size_text(1023) == "1023 bytes");
  BOOST_TEST(hookferry::size_text(1536) == "1536 bytes");
  BOOST_TEST(hookferry::size_text(1024) == "1 KiB");
  BOOST_TEST(hookferry::size_text(std::size_t{5} << 30) == "5 GiB");
}

BOOST_AUTO_TEST_CASE(ones_own_link_is_written_through) {
  const TempDir folder;
  std::filesystem::create_directory(folder / "real");
  spill(folder / "real/out", "old");
  std::filesystem::create_symlink("real/out", folder / "first");
  std::filesystem::create_symlink(folder / "first", folder / "second");
  hookferry::write_file((folder / "second").string(), "new");
  BOOST_TEST(slurp(folder / "real/out") == "new");
  BOOST_TEST(std::filesystem::is_symlink(folder / "second"));
  std::filesystem::create_symlink("real/not-yet", folder / "third");
  hookferry::write_file((folder / "third").string(), "new");
  BOOST_TEST(slurp(folder / "real/not-yet") == "new");
}

BOOST_AUTO_TEST_CASE(links_without_end_are_an_error) {
  const TempDir folder;
  std::filesystem::create_symlink("b", folder / "a");
  std::filesystem::create_symlink("a", folder / "b");
  check_write_refused(folder / "a", "symbolic links");
  check_refused(Cause::no_input, "symbolic links", [&] {
    hookferry::open_trusted((folder / "a").string(), O_RDONLY, "it", Cause::configuration);
  });
}

BOOST_AUTO_TEST_CASE(devices_and_pipes_of_ones_own_are_written_to) {
  hookferry::write_file("/dev/null", "gone");
  const TempDir folder;
  const auto pipe = (folder / "pipe").string();
  BOOST_REQUIRE(::mkfifo(pipe.c_str(), 0600) == 0);
  const hookferry::Descriptor reader(::open(pipe.c_str(), O_RDONLY | O_NONBLOCK));
  hookferry::write_file(pipe, "through");
  BOOST_TEST(hookferry::read_descriptor(reader.get(), pipe, "it", hookferry::data_limit) == "through");
  const auto open_one =
      "/dev/fd/" + std::to_string(::open((folder / "out").c_str(), O_WRONLY | O_CREAT, 0600));
  hookferry::write_file(open_one, "too");
  BOOST_TEST(slurp(folder / "out") == "too");
}

BOOST_AUTO_TEST_CASE(what_is_written_piece_by_piece_is_there_as_a_whole) {
  const TempDir folder;
  const auto path = (folder / "out").string();
  int produced = 0;
  hookferry::write_file(path, [&](const hookferry::Write& write) {
    ++produced;
    for (const auto* piece : {"one ", "", "two ", "three"}) write(piece);
    BOOST_TEST(!std::filesystem::exists(path));  // nobody meets half of it
  });
  BOOST_TEST(produced == 1);
  BOOST_TEST(slurp(path) == "one two three");
  hookferry::write_file(path, [](const hookferry::Write&) {});
  BOOST_TEST(slurp(path).empty());
}

BOOST_AUTO_TEST_CASE(what_is_thrown_half_way_is_thrown_and_leaves_all_as_it_was) {
  const TempDir folder;
  spill(folder / "out", "precious");
  for (const auto* name : {"out", "new"})
    BOOST_CHECK_THROW(hookferry::write_file((folder / name).string(),
                                            [](const hookferry::Write& write) {
                                              write(std::string(100'000, 'x'));
                                              throw std::runtime_error("half-way");
                                            }),
                      std::runtime_error);
  BOOST_TEST(slurp(folder / "out") == "precious");
  const std::filesystem::directory_iterator left(folder / "");
  BOOST_TEST(std::distance(begin(left), end(left)) == 1);  // neither the new one nor a temporary one
}

BOOST_AUTO_TEST_CASE(pieces_go_to_a_pipe_and_to_standard_output_as_they_come) {
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::pipe(ends.data()) == 0);
  const hookferry::Descriptor reader(ends[0]);
  const auto receive = [&] {
    std::string out(100, '\0');
    out.resize(static_cast<std::size_t>(std::max<ssize_t>(::read(reader.get(), out.data(), out.size()), 0)));
    return out;
  };
  const auto produce = [&](const hookferry::Write& write) {
    write("one");
    BOOST_TEST(receive() == "one");
    write("two");
    BOOST_TEST(receive() == "two");
  };
  hookferry::write_file("/dev/fd/" + std::to_string(ends[1]), produce);
  const hookferry::Descriptor standard(::dup(STDOUT_FILENO));
  ::dup2(ends[1], STDOUT_FILENO);
  ::close(ends[1]);
  hookferry::write_file("-", produce);
  ::dup2(standard.get(), STDOUT_FILENO);
}

BOOST_AUTO_TEST_CASE(a_link_where_anybody_could_have_put_it_is_not_written_through) {
  const TempDir folder;
  spill(folder / "target", "precious");
  std::filesystem::create_directory(folder / "shared");
  std::filesystem::create_symlink(folder / "target", folder / "shared/out");
  ::chmod((folder / "shared").c_str(), 0777);
  check_write_refused(folder / "shared/out", "a folder that others may write");
  BOOST_TEST(slurp(folder / "target") == "precious");
  ::chmod((folder / "shared").c_str(), 01777);  // as /tmp: there a link of one's own is one's own
  hookferry::write_file((folder / "shared/out").string(), "new");
  BOOST_TEST(slurp(folder / "target") == "new");
}

BOOST_AUTO_TEST_CASE(another_users_link_pipe_or_device_is_not_written_to, *utf::precondition(is_root)) {
  const TempDir folder;
  spill(folder / "target", "precious");
  std::filesystem::create_symlink(folder / "target", folder / "link");
  give_away(folder / "link");
  check_write_refused(folder / "link", "a link of another user");
  std::filesystem::create_symlink(folder / "link", folder / "link-to-link");
  check_write_refused(folder / "link-to-link", "a link of another user");
  BOOST_TEST(slurp(folder / "target") == "precious");
  BOOST_REQUIRE(::mkfifo((folder / "pipe").c_str(), 0666) == 0);
  give_away(folder / "pipe");
  check_write_refused(folder / "pipe", "belongs to another user");
  std::filesystem::create_symlink(folder / "pipe", folder / "link-to-pipe");
  check_write_refused(folder / "link-to-pipe", "belongs to another user");
}

BOOST_AUTO_TEST_CASE(a_private_file_is_read_also_through_links_and_pipes_of_ones_own) {
  const TempDir folder;
  spill(folder / "key", "k");
  ::chmod((folder / "key").c_str(), 0644);
  std::filesystem::create_symlink("key", folder / "link");
  BOOST_TEST(read_private(folder / "key") == "k");
  BOOST_TEST(read_private(folder / "link") == "k");
  std::array<int, 2> ends{};
  BOOST_REQUIRE(::pipe(ends.data()) == 0);
  BOOST_REQUIRE(::write(ends[1], "p", 1) == 1);
  ::close(ends[1]);
  BOOST_TEST(read_private("/dev/fd/" + std::to_string(ends[0])) == "p");
  ::close(ends[0]);
  BOOST_TEST(read_private("/dev/null").empty());
}

BOOST_AUTO_TEST_CASE(a_file_that_others_may_write_is_not_private) {
  const TempDir folder;
  spill(folder / "key", "k");
  for (const auto mode : {0620, 0602, 0666}) {
    ::chmod((folder / "key").c_str(), static_cast<mode_t>(mode));
    check_open_refused(folder / "key", "it is writable by other users");
  }
  check_open_refused(folder / "key", "(mode 0666)");
  std::filesystem::create_symlink("key", folder / "link");
  check_open_refused(folder / "link", "it is writable by other users");
  check_open_refused(folder / "", "it is a folder");
  check_refused(Cause::no_input, "No such file", [&] { read_private(folder / "absent"); });
}

BOOST_AUTO_TEST_CASE(a_file_or_link_of_another_user_is_not_private, *utf::precondition(is_root)) {
  const TempDir folder;
  spill(folder / "key", "k");
  std::filesystem::create_symlink("key", folder / "link");
  give_away(folder / "link");
  check_open_refused(folder / "link", "a link of another user");
  give_away(folder / "key");
  ::chmod((folder / "key").c_str(), 0600);
  check_open_refused(folder / "key", "belongs to another user (uid 65534)");
  // Opening it would wait for whoever writes.
  BOOST_REQUIRE(::mkfifo((folder / "pipe").c_str(), 0600) == 0);
  give_away(folder / "pipe");
  check_open_refused(folder / "pipe", "belongs to another user");
}

BOOST_AUTO_TEST_CASE(a_private_file_that_is_not_there_is_made_for_its_owner_alone) {
  const TempDir folder;
  const auto old_mask = ::umask(0);
  const auto make = [&](const std::string& name) {
    return hookferry::open_private((folder / name).string(), O_RDWR | O_CREAT | O_APPEND, "the ledger",
                                   Cause::cannot_write);
  };
  const auto file = make("ledger");
  ::umask(old_mask);
  struct stat facts {};
  BOOST_REQUIRE(::fstat(file.get(), &facts) == 0);
  BOOST_TEST((facts.st_mode & 0777) == 0600u);
  BOOST_TEST((::fcntl(file.get(), F_GETFD) & FD_CLOEXEC) != 0);
  for (int i = 0; i < 2; ++i) BOOST_TEST(::write(make("ledger").get(), "x", 1) == 1);
  BOOST_TEST(slurp(folder / "ledger") == "xx");
  check_refused(Cause::cannot_write, "No such file", [&] { make("no/such/folder"); });
}

BOOST_AUTO_TEST_SUITE_END()
