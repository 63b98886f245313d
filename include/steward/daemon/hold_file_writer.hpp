// Keeps the files that one HAProxy reads when it starts: who is held, before its first request.
#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <string_view>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/base/time.hpp"
#include "steward/control/hold_file.hpp"
#include "steward/daemon/log.hpp"

namespace steward::daemon {

struct HoldFiles {
  std::string hold;   // for steward-hold.lua
  std::string state;  // for HAProxy's server-state-file
};

// Replaces a file, or makes it: whoever opens the path finds the old text or the new one, whole.
// Its owner may write it, its group may read it.
[[nodiscard]] Result<void> replace_file(const std::string& path, std::string_view text);

// Thread-safe. The files are DIRECTORY/INSTANCE.hold and, if wanted, DIRECTORY/INSTANCE.state.
class HoldFileWriter {
 public:
  struct Options {
    std::string instance;
    std::string directory;                                  // empty: no files
    bool state_file = false;                                // one of HAProxy's format, too
    std::chrono::milliseconds lasts = control::kHoldLasts;  // how long a line counts
  };

  HoldFileWriter(Options options, Log log);

  // Takes what is held and what HAProxy was like when it was last seen (null: never), and writes
  // the files if what they say has changed or a third of the time that lines count has passed. To
  // be called before HAProxy is told of a change, and also while HAProxy cannot be read. Returns
  // whether anything was written; an Error is logged when it is another than before, and the next
  // call tries again.
  Result<bool> take(control::HeldServers held, std::shared_ptr<const control::View> view, Time now);

  // Returns what the files would say now, also of kinds that are not written.
  [[nodiscard]] HoldFiles files(Time now) const;

 private:
  // All that follow want the lock to be held.
  [[nodiscard]] HoldFiles render(Time now) const;
  [[nodiscard]] bool due(Time now) const;
  [[nodiscard]] Result<bool> empty_old_state() const;
  [[nodiscard]] std::string path() const;  // without ".hold" or ".state"
  Result<void> write(const HoldFiles& files);
  void tell(const Result<void>& written);

  const Options options_;
  const Log log_;

  mutable std::mutex mutex_;  // guards what follows
  control::HeldServers held_;
  std::shared_ptr<const control::View> view_;
  HoldFiles written_;  // what the files say; empty: not known
  control::HeldServers written_held_;
  Time written_at_;
  std::string problem_;  // what kept them from being written; empty: nothing
};

}  // namespace steward::daemon
