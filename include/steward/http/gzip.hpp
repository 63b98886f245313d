// One gzip stream, fed in pieces.
#pragma once

#include <memory>
#include <string_view>

#include "steward/http/message.hpp"

namespace steward::http {

// Compresses what is written and passes it on to `out`. Not thread-safe; `out` must outlive it.
class GzipWriter {
 public:
  explicit GzipWriter(const ByteSink& out);
  ~GzipWriter();
  GzipWriter(const GzipWriter&) = delete;
  GzipWriter& operator=(const GzipWriter&) = delete;

  bool write(std::string_view bytes);  // false: `out` refused
  bool finish();                       // the trailer; call once, after the last write

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace steward::http
