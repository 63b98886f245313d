// A bounded set of digests; the oldest makes place. Not thread-safe.
#pragma once

#include <array>
#include <cstddef>
#include <deque>
#include <set>

#include "steward/base/limits.hpp"

namespace steward::http {

class VerdictCache {
 public:
  using Key = std::array<unsigned char, 32>;

  [[nodiscard]] bool contains(const Key& key) const { return keys_.contains(key); }

  void add(const Key& key) {
    if (!keys_.insert(key).second) return;
    order_.push_back(key);
    if (order_.size() <= limits::kPasswordVerdictsCached) return;
    keys_.erase(order_.front());
    order_.pop_front();
  }

 private:
  std::set<Key> keys_;
  std::deque<Key> order_;
};

}  // namespace steward::http
