// haproxy_up, and the families of `show info`.
#pragma once

#include "steward/exposition/section.hpp"

namespace steward::exposition {

void write_up(Section& section);
void write_process(Section& section);

}  // namespace steward::exposition
