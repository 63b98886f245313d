// What baseline and overrides make of a server: one pure function, which every guard, the gate, the
// metrics and the API ask.
#pragma once

#include <span>
#include <string>

#include "steward/control/aspect.hpp"
#include "steward/control/book.hpp"
#include "steward/control/view.hpp"

namespace steward::control {

// Whether it takes the place of the baseline rather than adding to it: a person's wish that is
// looser than the baseline, and disabled checks, whoever disables them.
[[nodiscard]] bool loosens(const Override& override, const Value& baseline,
                           const stats::ServerState& server);

// The strictest of all, and of the baseline unless one of them loosens it. Their order does not
// matter; all must be of the baseline's aspect.
[[nodiscard]] Value compose(const Value& baseline, std::span<const Override* const> overrides,
                            const stats::ServerState& server);

// What the setting is without overrides: what the hold says, or what is seen. `shelf` may be null.
[[nodiscard]] Value baseline_of(const Book::Shelf* shelf, Setting aspect,
                                const stats::ServerState& server);

// What baseline and the overrides that count make of it; `also`: as if this one counted, too.
[[nodiscard]] Value effect_of(const Book::Shelf* shelf, Setting aspect,
                              const stats::ServerState& server, const Override* also = nullptr);

// Whether baseline and overrides want it in service, whatever its health: ready, of some weight,
// not pinned down, and so is what it tracks.
[[nodiscard]] bool wanted_in_service(const Book& book, const View& view,
                                     const stats::ServerState& server);

// Whether any setting of it is stricter than its baseline.
[[nodiscard]] bool tightened(const Book::Shelf& shelf, const stats::ServerState& server);

// Whether the value keeps a server from serving.
[[nodiscard]] bool takes_out(const Value& value);

// The strictest value the override will ever have: of a ramp, over all its levels.
[[nodiscard]] Value strictest_of(const Override& override, const stats::ServerState& server);

}  // namespace steward::control
