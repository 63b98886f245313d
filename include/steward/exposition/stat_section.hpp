// The families of `show stat`: the bulk of a page, and its inner loops.
#pragma once

#include "steward/exposition/section.hpp"
#include "steward/exposition/stat_families.hpp"

namespace steward::exposition {

// Those of frontends, listeners, backends and servers.
void write_proxies(Section& section);

// One family for one kind of rows of these tables; `prefix` is "haproxy_server_" or the like.
void write_stat_family(Section& section, const StatFamily& family, stats::Kind kind,
                       std::string_view prefix, std::span<const TableView* const> views);

}  // namespace steward::exposition
