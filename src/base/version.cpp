#include "steward/base/version.hpp"

namespace steward {

std::string_view version() { return STEWARD_VERSION; }
std::string_view revision() { return STEWARD_REVISION; }

}  // namespace steward
