// Workers that a reload left behind: the same families as for the present one, in small, with
// the worker's pid.
#pragma once

#include "steward/exposition/section.hpp"

namespace steward::exposition {

void write_old_workers(Section& section);

}  // namespace steward::exposition
