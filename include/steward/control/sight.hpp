// What is known of one HAProxy, and how recently.
#pragma once

#include <map>
#include <string>

#include "steward/control/view.hpp"

namespace steward::control {

struct Sight {
  const View* view = nullptr;  // the last that was read; null: none ever
  std::string trouble;         // why the last reading failed; empty: it did not
};

}  // namespace steward::control
