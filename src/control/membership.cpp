#include "steward/control/membership.hpp"

#include "steward/base/words.hpp"

namespace steward::control {
namespace {

constexpr auto kWishes = words_of<Wish>("present", "absent");
constexpr auto kStages = words_of<Stage>("adding", "joining", "present", "draining", "deleting",
                                         "absent", "undoing", "failed", "yielded", "ended");

}  // namespace

std::string_view to_string(Wish wish) { return kWishes.of(wish); }
std::string_view to_string(Stage stage) { return kStages.of(stage); }
Result<Wish> parse_wish(std::string_view text) { return kWishes.parse("wish", text); }
Result<Stage> parse_stage(std::string_view text) { return kStages.parse("stage", text); }

}  // namespace steward::control
