#include "steward/http/gzip.hpp"

#include <catch2/catch_test_macros.hpp>
#include <random>
#include <vector>

#include "http/support.hpp"
#include "steward/base/limits.hpp"

using namespace steward;
using namespace steward::http;

namespace {

std::string compress(const std::string& text, std::size_t block) {
  std::string out;
  const ByteSink sink = [&](std::string_view bytes) {
    REQUIRE_FALSE(bytes.empty());
    REQUIRE(bytes.size() <= limits::kGzipBlockBytes);
    out += bytes;
    return true;
  };
  GzipWriter gzip(sink);
  for (std::size_t at = 0; at < text.size(); at += block) {
    REQUIRE(gzip.write(std::string_view(text).substr(at, block)));
  }
  REQUIRE(gzip.finish());
  return out;
}

// As gzip(1) reads it, which also checks the length and the CRC of the trailer.
std::string decompress(const std::string& compressed) {
  const test::TempFolder folder;
  const std::string file = folder.write("page.gz", compressed);
  const std::string plain = folder.path("plain");
  REQUIRE(std::system(("gzip -dc " + file + " > " + plain).c_str()) == 0);
  std::ifstream in(plain, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

std::string page(std::size_t rows) {
  std::string text;
  std::mt19937 random(1);
  for (std::size_t i = 0; i < rows; ++i) {
    text += "haproxy_server_bytes_in_total{proxy=\"web\",server=\"s" + std::to_string(i) + "\"} " +
            std::to_string(random()) + "\n";
  }
  return text;
}

std::string noise(std::size_t size) {
  std::mt19937 random(2);
  std::string text(size, '\0');
  for (char& byte : text) byte = static_cast<char>(random());
  return text;
}

}  // namespace

TEST_CASE("what goes in comes out, whatever the pieces") {
  const std::string text = page(5'000);
  for (const std::size_t block :
       {std::size_t{1'000}, std::size_t{4'096}, limits::kPageBlockBytes, text.size()}) {
    const std::string compressed = compress(text, block);
    CHECK(compressed.size() < text.size() / 4);
    CHECK(decompress(compressed) == text);
  }
}

TEST_CASE("byte by byte works too") {
  const std::string text = page(50);
  CHECK(decompress(compress(text, 1)) == text);
}

TEST_CASE("nothing at all is still a gzip file") { CHECK(decompress(compress("", 1)).empty()); }

TEST_CASE("bytes that do not compress, around the size of a block") {
  for (const std::size_t size : {limits::kGzipBlockBytes - 40, limits::kGzipBlockBytes,
                                 limits::kGzipBlockBytes + 1, 3 * limits::kGzipBlockBytes}) {
    const std::string text = noise(size);
    CHECK(decompress(compress(text, 10'000)) == text);
  }
}

TEST_CASE("it is one gzip member") {
  const std::string compressed = compress(page(20'000), 100'000);
  CHECK(compressed.substr(0, 3) == "\x1f\x8b\x08");
  // The trailer's length is that of the whole: with several members it would be of the last.
  const auto* end = reinterpret_cast<const unsigned char*>(compressed.data()) + compressed.size();
  CHECK((std::size_t{end[-4]} | std::size_t{end[-3]} << 8U | std::size_t{end[-2]} << 16U |
         std::size_t{end[-1]} << 24U) == page(20'000).size());
}

TEST_CASE("a sink that refuses ends it") {
  int calls = 0;
  const ByteSink refuse = [&](std::string_view) {
    ++calls;
    return false;
  };
  GzipWriter gzip(refuse);
  const std::string text = noise(1'000'000);
  CHECK_FALSE(gzip.write(text));
  CHECK_FALSE(gzip.write(text));
  CHECK_FALSE(gzip.finish());
  CHECK(calls == 1);
}
