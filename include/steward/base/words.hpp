// Enumerations as the words that files, APIs and logs use for them.
#pragma once

#include <array>
#include <cstddef>
#include <string>
#include <string_view>

#include "steward/base/result.hpp"
#include "steward/base/text.hpp"

namespace steward {

// Words for the enumerators 0, 1, 2 … of E, in their order.
template <class E, std::size_t N>
struct Words {
  std::array<std::string_view, N> words;

  [[nodiscard]] constexpr std::string_view of(E value) const {
    const auto index = static_cast<std::size_t>(value);
    return index < N ? words[index] : std::string_view("unknown");
  }

  // The error is "'x' is not a <what>: use a, b, c".
  [[nodiscard]] Result<E> parse(std::string_view what, std::string_view text) const {
    std::string known;
    for (std::size_t i = 0; i < N; ++i) {
      if (words[i] == text) return static_cast<E>(i);
      known += (i == 0 ? "" : ", ") + std::string(words[i]);
    }
    return fail(ErrorCode::invalid, "'{}' is not a {}: use {}", printable(text), what, known);
  }
};

template <class E, class... Text>
[[nodiscard]] constexpr auto words_of(Text... text) {
  return Words<E, sizeof...(Text)>{{std::string_view(text)...}};
}

}  // namespace steward
