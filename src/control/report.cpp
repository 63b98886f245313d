#include "steward/control/report.hpp"

#include "steward/base/words.hpp"

namespace steward::control {
namespace {

constexpr auto kDids = words_of<Did>("created", "renewed", "released", "deferred", "rejected",
                                     "ignored", "duplicate", "settled");

}  // namespace

std::string_view to_string(Did did) { return kDids.of(did); }

}  // namespace steward::control
