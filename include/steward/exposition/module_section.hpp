// The counters of HAProxy's modules (h1_, h2_, h3_, quic_, ssl_): promex's extra-counters.
#pragma once

#include "steward/exposition/section.hpp"

namespace steward::exposition {

// Those of one kind of rows, of all columns any of the tables has.
void write_modules(Section& section, stats::Kind kind, std::span<const TableView* const> views);

}  // namespace steward::exposition
