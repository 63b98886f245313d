// A page leaves in blocks: never the whole of it in memory.
#pragma once

#include <cstring>
#include <functional>
#include <memory>
#include <string_view>

#include "steward/base/limits.hpp"

namespace steward::exposition {

// Takes the next bytes; false when nobody wants more.
using Sink = std::function<bool(std::string_view)>;

// Gathers small pieces into blocks of limits::kPageBlockBytes. Not thread-safe; `out` must
// outlive it.
class PageWriter {
 public:
  explicit PageWriter(const Sink& out)
      : out_(out), block_(std::make_unique<char[]>(limits::kPageBlockBytes)) {}

  void write(std::string_view piece) {
    if (piece.size() > limits::kPageBlockBytes - used_) return write_slowly(piece);
    std::memcpy(block_.get() + used_, piece.data(), piece.size());
    used_ += piece.size();
  }

  void write_number(std::int64_t value);
  void write_milliseconds(std::int64_t value);  // as seconds: 8 is 0.008

  // Sends what is left; false if any of the page was refused.
  bool finish();
  [[nodiscard]] bool refused() const { return refused_; }

 private:
  void write_slowly(std::string_view piece);
  void flush();

  const Sink& out_;
  std::unique_ptr<char[]> block_;
  std::size_t used_ = 0;
  bool refused_ = false;
};

}  // namespace steward::exposition
