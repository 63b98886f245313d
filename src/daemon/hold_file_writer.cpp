#include "steward/daemon/hold_file_writer.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <filesystem>
#include <system_error>
#include <utility>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"

namespace steward::daemon {
namespace {

// HAProxy reads the files as root, before it gives root up; one that was never root reads them as a
// member of the steward's group. Nobody else is to write them: they are orders.
constexpr mode_t kHoldFileMode = 0640;

tl::unexpected<Error> not_written(const std::string& path) {
  return fail(ErrorCode::unreachable, "{}: cannot be written: {}", printable(path),
              std::generic_category().message(errno));
}

bool write_all(int file, std::string_view text) {
  while (!text.empty()) {
    const ssize_t count = ::write(file, text.data(), text.size());
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return false;
    text.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

}  // namespace

// Nothing is flushed to the disk:
// after a loss of power these files are older than their lines' expiry.
Result<void> replace_file(const std::string& path, std::string_view text) {
  const std::string fresh = path + ".new";
  ::unlink(fresh.c_str());  // of one that was killed
  const int file = ::open(fresh.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, kHoldFileMode);
  if (file < 0) return not_written(fresh);
  // The umask may have taken the group's right away.
  bool well = ::fchmod(file, kHoldFileMode) == 0 && write_all(file, text);
  well = ::close(file) == 0 && well;
  if (well && ::rename(fresh.c_str(), path.c_str()) == 0) return {};
  auto problem = not_written(path);
  ::unlink(fresh.c_str());
  return problem;
}

HoldFileWriter::HoldFileWriter(Options options, Log log)
    : options_(std::move(options)), log_(std::move(log)) {}

Result<bool> HoldFileWriter::take(control::HeldServers held,
                                  std::shared_ptr<const control::View> view, Time now) {
  const std::lock_guard lock(mutex_);
  held_ = std::move(held);
  view_ = std::move(view);
  if (options_.directory.empty() || !due(now)) return false;
  // Before HAProxy was seen what the last run left says more; its lines have their own expiry.
  if (!view_ && ::access((path() + ".hold").c_str(), F_OK) == 0) return empty_old_state();
  HoldFiles files = render(now);
  const auto written = write(files);
  tell(written);
  if (!written) {
    written_ = {};
    return tl::unexpected(written.error());
  }
  written_ = std::move(files);
  written_held_ = held_;
  written_at_ = now;
  return true;
}

HoldFiles HoldFileWriter::files(Time now) const {
  const std::lock_guard lock(mutex_);
  return render(now);
}

HoldFiles HoldFileWriter::render(Time now) const {
  const auto held = held_ ? std::span(*held_) : std::span<const control::HeldServer>();
  return {control::render_hold_file(held, now, options_.lasts),
          view_ ? control::render_state_file(held, *view_) : control::empty_state_file()};
}

// Rendered for the same moment, the same text means that nothing changed.
bool HoldFileWriter::due(Time now) const {
  if (written_.hold.empty() || now < written_at_) return true;
  if (now - written_at_ >= options_.lasts / 3) return true;
  if (held_ == written_held_ && !options_.state_file) return false;
  const HoldFiles then = render(written_at_);
  return then.hold != written_.hold || (options_.state_file && then.state != written_.state);
}

// A state file has no expiry: what is older than what is believed after a restart is not to hold.
Result<bool> HoldFileWriter::empty_old_state() const {
  const std::string state = path() + ".state";
  std::error_code missing;
  const auto written = std::filesystem::last_write_time(state, missing);
  const auto age = std::filesystem::file_time_type::clock::now() - written;
  if (missing || age <= limits::kCarriedAge) return false;
  return replace_file(state, control::empty_state_file()).map([] { return true; });
}

std::string HoldFileWriter::path() const {
  return (std::filesystem::path(options_.directory) / options_.instance).string();
}

// A state file of earlier days must not go on holding: it has no expiry.
Result<void> HoldFileWriter::write(const HoldFiles& files) {
  if (auto written = replace_file(path() + ".hold", files.hold); !written) return written;
  const std::string state = path() + ".state";
  if (options_.state_file) return replace_file(state, files.state);
  const bool left = ::access(state.c_str(), F_OK) == 0;
  return left ? replace_file(state, control::empty_state_file()) : Result<void>();
}

void HoldFileWriter::tell(const Result<void>& written) {
  const std::string problem = written ? "" : written.error().message;
  if (problem == problem_) return;
  problem_ = problem;
  if (problem.empty()) {
    log_->info("{}: the hold file is written again", options_.instance);
  } else {
    log_->error("{}: a reload of HAProxy will forget what is held: {}", options_.instance, problem);
  }
}

}  // namespace steward::daemon
