// What a page costs to compress: gzip_bench PAGE... prints CPU seconds and the ratio of the encoder
// this build has chosen (-DSTEWARD_GZIP=isal or zlib).
#include <fmt/format.h>
#include <time.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <string>

#include "steward/base/limits.hpp"
#include "steward/http/gzip.hpp"

namespace {

double cpu_seconds() {
  timespec now{};
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) + static_cast<double>(now.tv_nsec) * 1e-9;
}

std::size_t compress(std::string_view page) {
  std::size_t bytes = 0;
  const steward::http::ByteSink count = [&](std::string_view block) {
    bytes += block.size();
    return true;
  };
  steward::http::GzipWriter gzip(count);
  while (!page.empty()) {
    const auto block = page.substr(0, steward::limits::kPageBlockBytes);
    gzip.write(block);
    page.remove_prefix(block.size());
  }
  gzip.finish();
  return bytes;
}

}  // namespace

int main(int count, char** files) {
  for (int i = 1; i < count; ++i) {
    std::ifstream in(files[i], std::ios::binary);
    const std::string page{std::istreambuf_iterator<char>(in), {}};
    double best = 1e9;
    std::size_t bytes = 0;
    for (int round = 0; round < 5; ++round) {
      const double begin = cpu_seconds();
      bytes = compress(page);
      best = std::min(best, cpu_seconds() - begin);
    }
    fmt::print("{}: {:.1f} MB -> {:.3f} MB in {:.1f} ms of CPU\n", files[i],
               static_cast<double>(page.size()) / 1e6, static_cast<double>(bytes) / 1e6,
               best * 1e3);
  }
}
