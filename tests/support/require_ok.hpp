// REQUIRE_OK(expression): the value of a Result, or the test fails with its message.
#pragma once

#include <catch2/catch_test_macros.hpp>

#include <utility>

#include "steward/base/result.hpp"

namespace steward::test {

template <class T>
T require_ok(Result<T> result) {
  if (!result) FAIL(result.error().message);
  return std::move(*result);
}

}  // namespace steward::test

#define REQUIRE_OK(...) ::steward::test::require_ok(__VA_ARGS__)
