// Words that repeat, kept once.
#pragma once

#include <cstdint>
#include <deque>
#include <string>
#include <string_view>
#include <unordered_map>

namespace steward::stats {

// A set of strings with small handles; handle 0 is the empty string. Ten thousand servers share
// a handful of statuses and check descriptions. Movable; views stay valid as long as it lives.
class Dictionary {
 public:
  using Word = std::uint32_t;

  Dictionary() { intern({}); }
  Dictionary(const Dictionary&) = delete;
  Dictionary& operator=(const Dictionary&) = delete;
  Dictionary(Dictionary&&) = default;
  Dictionary& operator=(Dictionary&&) = default;
  ~Dictionary() = default;

  Word intern(std::string_view text);
  [[nodiscard]] std::string_view at(Word word) const { return texts_[word]; }
  [[nodiscard]] std::size_t size() const { return texts_.size(); }

 private:
  std::deque<std::string> texts_;  // never moves its elements: the views below stay valid
  std::unordered_map<std::string_view, Word> words_;
};

}  // namespace steward::stats
