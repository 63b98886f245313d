// All that a book says, to compare it with what it said before.
#pragma once

#include <string>
#include <vector>

#include "steward/control/book.hpp"

namespace steward::control::test {

struct Photo {
  std::vector<Override> live, backend, pending, admitted;
  std::vector<Hold> holds;
  std::vector<std::size_t> counts;
  bool operator==(const Photo&) const = default;
};

inline std::vector<Override> copies(const Book::Pointers& pointers) {
  std::vector<Override> all;
  for (const Override* each : pointers) all.push_back(*each);
  return all;
}

inline Photo photo_of(const Book& book, const std::vector<ServerRef>& targets) {
  Photo photo;
  for (const ServerRef& target : targets) {
    const Book::Shelf* shelf = book.shelf(target);
    if (shelf == nullptr) continue;
    for (const Override* each : shelf->live) photo.live.push_back(*each);
    for (const Setting aspect :
         {Setting::state, Setting::weight, Setting::health, Setting::agent}) {
      if (const Hold* hold = shelf->find(aspect)) photo.holds.push_back(*hold);
    }
  }
  photo.backend = copies(book.of_backend("lb1", "web"));
  photo.pending = copies(book.pending("lb1"));
  photo.admitted = copies(book.admitted());
  photo.counts.push_back(book.live_count());
  for (int phase = 0; phase <= static_cast<int>(Phase::failed); ++phase) {
    photo.counts.push_back(book.count(static_cast<Phase>(phase)));
  }
  photo.counts.push_back(book.shelves("lb1").size());
  return photo;
}

}  // namespace steward::control::test
