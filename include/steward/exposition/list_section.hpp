// Stick tables, nameservers and certificates: each a short list.
#pragma once

#include "steward/exposition/section.hpp"

namespace steward::exposition {

void write_stick_tables(Section& section);
void write_resolvers(Section& section);
void write_certificates(Section& section);

}  // namespace steward::exposition
