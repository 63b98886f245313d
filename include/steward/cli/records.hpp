// What is held and what was done: servers as the daemon knows them, overrides, release, audit,
// pause, resume, evaluate.
#pragma once

#include "steward/cli/session.hpp"
#include "steward/cli/verb_flags.hpp"

namespace steward::cli {

[[nodiscard]] Done<void> servers(const Session& session, const RecordFlags& flags);
// Memberships, too.
[[nodiscard]] Done<void> show_overrides(const Session& session, const RecordFlags& flags);
[[nodiscard]] Done<void> release(const Session& session, const RecordFlags& flags);
[[nodiscard]] Done<void> show_audit(const Session& session, const RecordFlags& flags);
[[nodiscard]] Done<void> set_automation(const Session& session, const RecordFlags& flags,
                                        bool paused);
// Reads the file, or the standard input for "-".
[[nodiscard]] Done<void> evaluate(const Session& session, const RecordFlags& flags);

}  // namespace steward::cli
