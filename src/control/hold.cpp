#include "steward/control/hold.hpp"

#include <algorithm>

#include "steward/base/limits.hpp"
#include "steward/base/words.hpp"

namespace steward::control {
namespace {

constexpr auto kProvenances = words_of<Provenance>("configured", "person", "agent");

}  // namespace

std::string_view to_string(Provenance provenance) { return kProvenances.of(provenance); }
Result<Provenance> parse_provenance(std::string_view text) {
  return kProvenances.parse("provenance", text);
}

void note(Hold& hold, const Value& value) {
  const Stood pair{value.level, hold.baseline.level};
  std::erase(hold.stood, pair);
  hold.stood.push_back(pair);
  if (hold.stood.size() > limits::kStood) hold.stood.erase(hold.stood.begin());
  const bool known = std::ranges::find(hold.doubtful, value.level) != hold.doubtful.end();
  if (hold.unclear && !known) hold.doubtful.push_back(value.level);
  if (hold.doubtful.size() > limits::kStood) hold.doubtful.erase(hold.doubtful.begin());
}

std::optional<Value> last_base_of(const Hold& hold, const Value& value) {
  const auto found = std::find_if(hold.stood.rbegin(), hold.stood.rend(),
                                  [&](const Stood& each) { return each.value == value.level; });
  if (found == hold.stood.rend()) return std::nullopt;
  return Value{hold.setting, found->base};
}

}  // namespace steward::control
