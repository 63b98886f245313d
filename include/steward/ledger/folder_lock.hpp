// One process at a time holds a folder.
#pragma once

#include <string>
#include <utility>

#include "steward/base/result.hpp"

namespace steward::ledger {

// Held while it lives; the kernel gives it up when the process dies, however it dies.
class FolderLock {
 public:
  // Makes the folder (0700) if need be, and locks `folder`/lock. Held by another:
  // ErrorCode::refused, with that one's pid.
  [[nodiscard]] static Result<FolderLock> take(const std::string& folder);

  FolderLock(FolderLock&& other) noexcept : descriptor_(std::exchange(other.descriptor_, -1)) {}
  FolderLock& operator=(FolderLock&&) = delete;
  FolderLock(const FolderLock&) = delete;
  FolderLock& operator=(const FolderLock&) = delete;
  ~FolderLock();

 private:
  explicit FolderLock(int descriptor) : descriptor_(descriptor) {}
  int descriptor_;
};

}  // namespace steward::ledger
