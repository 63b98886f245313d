#include "steward/exposition/page_writer.hpp"

#include <catch2/catch_test_macros.hpp>

#include <limits>
#include <string>

using namespace steward;
using namespace steward::exposition;

namespace {

template <class Write>
std::string written(const Write& write) {
  std::string text;
  const Sink sink = [&](std::string_view bytes) {
    text += bytes;
    return true;
  };
  PageWriter out(sink);
  write(out);
  CHECK(out.finish());
  return text;
}

}  // namespace

TEST_CASE("numbers are written in full") {
  for (const std::int64_t value : {std::int64_t{0}, std::int64_t{9}, std::int64_t{10},
                                   std::int64_t{-1}, std::numeric_limits<std::int64_t>::max()}) {
    CHECK(written([&](PageWriter& out) { out.write_number(value); }) == std::to_string(value));
  }
}

TEST_CASE("milliseconds are written as seconds") {
  const auto seconds = [](std::int64_t value) {
    return written([&](PageWriter& out) { out.write_milliseconds(value); });
  };
  CHECK(seconds(0) == "0");
  CHECK(seconds(8) == "0.008");
  CHECK(seconds(1000) == "1");
  CHECK(seconds(65'432) == "65.432");
  CHECK(seconds(-5) == "-0.005");
}

TEST_CASE("what is longer than a block arrives whole and in order") {
  const std::string large(limits::kPageBlockBytes * 2, 'x');
  CHECK(written([&](PageWriter& out) {
          out.write("a");
          out.write(large);
          out.write("b");
        }) == "a" + large + "b");
}

TEST_CASE("a block that is exactly full loses nothing") {
  const std::string full(limits::kPageBlockBytes - 1, 'x');
  CHECK(written([&](PageWriter& out) {
          out.write(full);
          out.write("ab");
        }) == full + "ab");
}

TEST_CASE("once the sink refuses, nothing more is offered to it") {
  int offers = 0;
  const Sink sink = [&](std::string_view) {
    ++offers;
    return false;
  };
  PageWriter out(sink);
  for (int i = 0; i < 3; ++i) out.write(std::string(limits::kPageBlockBytes, 'x'));
  CHECK_FALSE(out.finish());
  CHECK(offers == 1);
}
