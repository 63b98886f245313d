// What servers and proxies are, to be joined with what they do: info metrics, and what
// `show servers state` says of servers.
#pragma once

#include "steward/exposition/section.hpp"

namespace steward::exposition {

void write_infos(Section& section);

}  // namespace steward::exposition
