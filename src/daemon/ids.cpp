#include "steward/daemon/ids.hpp"

#include <sys/random.h>

#include <algorithm>
#include <stdexcept>

namespace steward::daemon {
namespace {

constexpr std::string_view kLetters = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

void add_one(std::array<std::uint8_t, 10>& number) {
  for (auto digit = number.rbegin(); digit != number.rend(); ++digit) {
    if (++*digit != 0) return;
  }
}

}  // namespace

std::string Ids::next(Time now) {
  const std::lock_guard lock(mutex_);
  const auto time = static_cast<std::uint64_t>(std::max<std::int64_t>(
      now.time_since_epoch().count(), static_cast<std::int64_t>(last_time_)));
  if (time == last_time_) {
    add_one(chance_);
  } else {
    if (::getrandom(chance_.data(), chance_.size(), 0) != static_cast<ssize_t>(chance_.size())) {
      throw std::runtime_error("the system has no randomness");
    }
    chance_[0] &= 0x7F;  // room to count up within the millisecond
    last_time_ = time;
  }
  std::string id(26, '0');
  std::uint64_t rest = time;
  for (std::size_t i = 10; i-- > 0; rest >>= 5U) id[i] = kLetters[rest & 31U];
  for (std::size_t i = 0; i < 16; ++i) {
    const std::size_t bit = i * 5;
    unsigned two = unsigned{chance_[bit / 8]} << 8U;
    if (bit / 8 + 1 < chance_.size()) two |= chance_[bit / 8 + 1];
    id[10 + i] = kLetters[(two >> (11U - bit % 8)) & 31U];
  }
  return id;
}

}  // namespace steward::daemon
