#include "steward/stats/dictionary.hpp"

namespace steward::stats {

Dictionary::Word Dictionary::intern(std::string_view text) {
  if (const auto known = words_.find(text); known != words_.end()) return known->second;
  const auto word = static_cast<Word>(texts_.size());
  words_.emplace(texts_.emplace_back(text), word);
  return word;
}

}  // namespace steward::stats
