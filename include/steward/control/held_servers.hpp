// Which servers of a HAProxy are held, as the book has it: what its hold files are to say.
#pragma once

#include <string>
#include <vector>

#include "steward/control/book.hpp"
#include "steward/control/hold_file.hpp"

namespace steward::control {

// Returns what HAProxy has been told, or is about to be, where that takes from a server: one entry
// a server, by name. The book must have the intent already.
// `of_people`: only what persons ask for.
[[nodiscard]] std::vector<HeldServer> held_servers(const Book& book, const std::string& instance,
                                                   bool of_people = false);

}  // namespace steward::control
