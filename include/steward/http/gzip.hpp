// One gzip stream, fed in pieces, in bounded memory (about 300 KiB). Unaware of HTTP.
#pragma once

#include <memory>
#include <string_view>

#include "steward/http/message.hpp"

namespace steward::http {

// Compresses what is written and passes it on to `out`, in pieces of up to kGzipBlockBytes, as one
// gzip member. Fast rather than small: a page is read once. Not thread-safe; `out` must outlive it.
class GzipWriter {
 public:
  explicit GzipWriter(const ByteSink& out);
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  bool write(std::string_view bytes);  // false: `out` refused, now or before
  bool finish();                       // the trailer; call once, after the last write

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace steward::http
