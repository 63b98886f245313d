#include "steward/ledger/folder_lock.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "steward/base/text.hpp"

namespace steward::ledger {
namespace {

std::string reason() { return std::generic_category().message(errno); }

std::string read_pid(int descriptor) {
  std::array<char, 32> text{};
  const ssize_t size = ::pread(descriptor, text.data(), text.size(), 0);
  return printable(
      trim(std::string_view(text.data(), size > 0 ? static_cast<std::size_t>(size) : 0)));
}

void write_pid(int descriptor) {
  const std::string text = std::to_string(::getpid()) + "\n";
  // Only to tell people; the lock itself is the kernel's.
  if (::ftruncate(descriptor, 0) != 0) return;
  if (::pwrite(descriptor, text.data(), text.size(), 0) < 0) return;
}

}  // namespace

Result<FolderLock> FolderLock::take(const std::string& folder) {
  if (::mkdir(folder.c_str(), 0700) != 0 && errno != EEXIST) {
    return fail(ErrorCode::unreachable, "storage.path {} cannot be made: {}", printable(folder),
                reason());
  }
  const std::string file = folder + "/lock";
  const int descriptor = ::open(file.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, 0600);
  if (descriptor < 0) {
    return fail(ErrorCode::unreachable, "{} cannot be opened: {}", printable(file), reason());
  }
  FolderLock lock(descriptor);
  if (::flock(descriptor, LOCK_EX | LOCK_NB) != 0) {
    if (errno != EWOULDBLOCK) {
      return fail(ErrorCode::internal, "{} cannot be locked: {}", printable(file), reason());
    }
    return fail(ErrorCode::refused,
                "storage.path {} is in use by another haproxy-steward (pid {}); two must not write "
                "one ledger",
                printable(folder), read_pid(descriptor));
  }
  write_pid(descriptor);
  return lock;
}

FolderLock::~FolderLock() {
  if (descriptor_ >= 0) ::close(descriptor_);
}

}  // namespace steward::ledger
