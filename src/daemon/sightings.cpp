#include "steward/daemon/sightings.hpp"

#include <algorithm>
#include <utility>

namespace steward::daemon {

void Sightings::seen(std::shared_ptr<const control::View> view) {
  Sighting& sighting = all_[view->instance()];
  sighting = {std::move(view), {}, true};
}

bool Sightings::lost(const std::string& instance, const std::string& why) {
  Sighting& sighting = all_[instance];
  sighting.tried = true;
  return std::exchange(sighting.trouble, why) != why;
}

std::shared_ptr<const control::View> Sightings::last(const std::string& instance) const {
  const auto found = all_.find(instance);
  return found == all_.end() ? nullptr : found->second.view;
}

std::map<std::string, control::Sight, std::less<>> Sightings::sights() const {
  std::map<std::string, control::Sight, std::less<>> all;
  for (const auto& [name, each] : all_) all[name] = {each.view.get(), each.trouble};
  return all;
}

std::map<std::string, std::shared_ptr<const control::View>> Sightings::views() const {
  std::map<std::string, std::shared_ptr<const control::View>> all;
  for (const auto& [name, each] : all_) all[name] = each.view;
  return all;
}

std::vector<std::string> Sightings::instances() const {
  std::vector<std::string> names;
  for (const auto& [name, each] : all_) names.push_back(name);
  return names;
}

std::vector<std::string> Sightings::reachable() const {
  std::vector<std::string> names;
  for (const auto& [name, each] : all_) {
    if (each.view && each.trouble.empty()) names.push_back(name);
  }
  return names;
}

bool Sightings::all_tried() const {
  return std::ranges::all_of(all_, [](const auto& each) { return each.second.tried; });
}

}  // namespace steward::daemon
