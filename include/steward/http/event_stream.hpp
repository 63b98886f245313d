// The audit log as server-sent events.
#pragma once

#include "steward/daemon/keeper.hpp"
#include "steward/http/message.hpp"
#include "steward/http/router.hpp"
#include "steward/ledger/ledger.hpp"

namespace steward::http {

// Each line of the audit is an event: its id is the sequence number, its data the line as JSON.
// Begins after Last-Event-ID (or ?after=), else with what comes from now on. Ends by itself after
// some two minutes, so that no client holds a place for ever: it reconnects and misses nothing.
// 503 when limits::kEventStreams are open.
[[nodiscard]] Response event_stream(const Call& call, daemon::Keeper& keeper,
                                    ledger::Ledger& ledger);

}  // namespace steward::http
