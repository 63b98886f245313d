#include "steward/control/effect.hpp"

#include <algorithm>

namespace steward::control {
namespace {

using stats::ServerState;

// Else its health is what its checks, or those of what it tracks, say: nobody's wish.
bool says_of_health(const Book::Shelf* shelf) {
  if (shelf == nullptr) return false;
  return shelf->find(Setting::health) != nullptr ||
         std::ranges::any_of(shelf->live, [](const Override* each) {
           return aspect_of(each->value.setting) == Setting::health && counts(*each);
         });
}

// Whether it is down and stays so, for overrides keep its checks off.
bool is_frozen_down(const Book& book, const View& view, const ServerState& server) {
  const Book::Shelf* shelf =
      book.shelf({view.instance(), std::string(server.backend), std::string(server.name)});
  if (server.running() || server.in_maint() || !says_of_health(shelf)) return false;
  return effect_of(shelf, Setting::health, server).level == kFrozen;
}

bool in_service_alone(const Book& book, const View& view, const ServerKey& key) {
  const ServerState* row = view.find(key);
  if (row == nullptr) return false;
  const Book::Shelf* shelf =
      book.shelf({view.instance(), std::string(key.backend), std::string(key.server)});
  return std::ranges::none_of(kComposed, [&](Setting aspect) {
    if (aspect == Setting::health && !says_of_health(shelf)) return false;
    return takes_out(effect_of(shelf, aspect, *row));
  });
}

}  // namespace

bool loosens(const Override& override, const Value& baseline, const ServerState& server) {
  const Value value = wanted(override.value, server);
  if (value.setting == Setting::health && value.level == kFrozen) {
    return stricter(baseline, value);
  }
  return override.origin.kind == OwnerKind::person && stricter(baseline, value);
}

Value compose(const Value& baseline, std::span<const Override* const> overrides,
              const ServerState& server) {
  const bool loosened = std::ranges::any_of(
      overrides, [&](const Override* each) { return loosens(*each, baseline, server); });
  std::optional<Value> strictest;
  if (!loosened) strictest = baseline;
  for (const Override* each : overrides) {
    const Value value = wanted(each->value, server);
    if (!strictest || stricter(value, *strictest)) strictest = value;
  }
  return *strictest;
}

Value baseline_of(const Book::Shelf* shelf, Setting aspect, const ServerState& server) {
  const Hold* hold = shelf == nullptr ? nullptr : shelf->find(aspect);
  return hold == nullptr ? observe(aspect, server) : hold->baseline;
}

Value effect_of(const Book::Shelf* shelf, Setting aspect, const ServerState& server,
                const Override* also) {
  const Value baseline = baseline_of(shelf, aspect, server);
  if (shelf == nullptr) return baseline;
  Book::Pointers all;
  for (const Override* each : shelf->live) {
    if (aspect_of(each->value.setting) == aspect && (counts(*each) || each == also)) {
      all.push_back(each);
    }
  }
  return all.empty() ? baseline : compose(baseline, all, server);
}

bool wanted_in_service(const Book& book, const View& view, const ServerState& server) {
  const ServerKey key{server.backend, server.name};
  if (!in_service_alone(book, view, key) || is_frozen_down(book, view, server)) return false;
  const auto leaders = view.topology().leaders(key);
  return std::ranges::all_of(leaders, [&](const ServerKey& leader) {
    const ServerState* row = view.find(leader);
    if (row == nullptr) return false;
    const Book::Shelf* shelf =
        book.shelf({view.instance(), std::string(leader.backend), std::string(leader.server)});
    return !takes_out(effect_of(shelf, Setting::state, *row));
  });
}

bool tightened(const Book::Shelf& shelf, const ServerState& server) {
  return std::ranges::any_of(kComposed, [&](Setting aspect) {
    const Value baseline = baseline_of(&shelf, aspect, server);
    if (std::ranges::none_of(shelf.live, [&](const Override* each) {
          return aspect_of(each->value.setting) == aspect && counts(*each);
        })) {
      return false;
    }
    if (stricter(effect_of(&shelf, aspect, server), baseline)) return true;
    // A ramp takes what it will have taken in the end; disabled checks take what they would tell.
    return std::ranges::any_of(shelf.live, [&](const Override* each) {
      const Value value = wanted(strictest_of(*each, server), server);
      const bool frozen = value.setting == Setting::health && value.level == kFrozen;
      return aspect_of(each->value.setting) == aspect && counts(*each) &&
             (frozen || (each->ramp && stricter(value, baseline)));
    });
  });
}

bool takes_out(const Value& value) {
  if (value.setting == Setting::state) return value.level != kReady;
  if (value.setting == Setting::weight) return value.level == 0;
  return value.setting == Setting::health && value.level >= kStopping;
}

Value strictest_of(const Override& override, const ServerState& server) {
  if (!override.ramp || override.ramp->returning) return wanted(override.value, server);
  return wanted({Setting::weight, std::min(override.ramp->from, override.ramp->to), true}, server);
}

}  // namespace steward::control
