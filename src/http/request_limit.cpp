#include "steward/http/request_limit.hpp"

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/http/gate.hpp"

namespace steward::http {

bool RequestLimit::take(Connections::Member& member) {
  std::unique_lock lock(mutex_);
  if (most_ != 0 && taken_ + promised_ >= most_) {
    if (!member.evict_holder(this)) return false;
    ++promised_;
    const bool freed =
        freed_.wait_for(lock, limits::kEvictionTimeout, [this] { return taken_ < most_; });
    --promised_;
    if (!freed) return false;
  }
  ++taken_;
  member.hold(this);
  return true;
}

void RequestLimit::give_back(Connections::Member& member) {
  member.hold(nullptr);
  const std::lock_guard lock(mutex_);
  --taken_;
  freed_.notify_one();
}

RequestLimit::Place::~Place() {
  if (taken_from_ != nullptr) taken_from_->give_back(*member_);
}

std::optional<Response> RequestLimit::Place::refuse(RequestLimit& limit,
                                                    Connections::Member& member) {
  if (!limit.take(member)) {
    return come_back(
        fmt::format("too many requests at once (limit {}); {}", limit.most_, limit.hint_));
  }
  taken_from_ = &limit;
  member_ = &member;
  return std::nullopt;
}

}  // namespace steward::http
