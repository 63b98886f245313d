#include "steward/http/gzip.hpp"

#include <array>
#include <limits>
#include <new>
#include <span>

#include "steward/base/limits.hpp"

#ifdef STEWARD_GZIP_ISAL
#include <isa-l/igzip_lib.h>
#else
#include <zlib.h>
#endif

namespace steward::http {
namespace {

// The encoder that was chosen when building (cmake/compression.cmake): both take what there is of
// `input` and fill `output` as far as it goes. Returns how much of it was filled.
#ifdef STEWARD_GZIP_ISAL

class Encoder {
 public:
  Encoder() {
    isal_deflate_init(&stream_);
    stream_.level = 1;
    stream_.level_buf = scratch_.data();
    stream_.level_buf_size = static_cast<std::uint32_t>(scratch_.size());
    stream_.gzip_flag = IGZIP_GZIP;
  }

  void feed(std::string_view bytes, bool last) {
    // ISA-L never writes to its input; its interface forgot to say so.
    stream_.next_in = reinterpret_cast<std::uint8_t*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<std::uint32_t>(bytes.size());
    stream_.end_of_stream = last;
  }

  std::size_t fill(std::span<char> output) {
    stream_.next_out = reinterpret_cast<std::uint8_t*>(output.data());
    stream_.avail_out = static_cast<std::uint32_t>(output.size());
    isal_deflate(&stream_);
    return output.size() - stream_.avail_out;
  }

 private:
  isal_zstream stream_;
  alignas(64) std::array<std::uint8_t, ISAL_DEF_LVL1_DEFAULT> scratch_;
};

#else

class Encoder {
 public:
  Encoder() {
    constexpr int kFastest = 1;
    constexpr int kGzip = 16 + MAX_WBITS;
    constexpr int kDefaultMemory = 8;
    if (deflateInit2(&stream_, kFastest, Z_DEFLATED, kGzip, kDefaultMemory, Z_DEFAULT_STRATEGY) !=
        Z_OK) {
      throw std::bad_alloc();  // its only cause
    }
  }
  ~Encoder() { deflateEnd(&stream_); }
  Encoder(const Encoder&) = delete;
  Encoder& operator=(const Encoder&) = delete;

  void feed(std::string_view bytes, bool last) {
    // zlib never writes to its input; only with ZLIB_CONST does its interface say so.
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
    stream_.avail_in = static_cast<uInt>(bytes.size());
    flush_ = last ? Z_FINISH : Z_NO_FLUSH;
  }

  std::size_t fill(std::span<char> output) {
    stream_.next_out = reinterpret_cast<Bytef*>(output.data());
    stream_.avail_out = static_cast<uInt>(output.size());
    deflate(&stream_, flush_);
    return output.size() - stream_.avail_out;
  }

 private:
  z_stream stream_{};
  int flush_ = Z_NO_FLUSH;
};

#endif

}  // namespace

struct GzipWriter::State {
  explicit State(const ByteSink& sink) : out(sink) {}

  // Full blocks go out at once; the rest waits for more, so that `out` is not called for crumbs.
  bool pump(std::string_view bytes, bool last) {
    encoder.feed(bytes, last);
    while (ok) {
      used += encoder.fill(std::span(block).subspan(used));
      if (used < block.size()) break;
      flush();
    }
    if (last && ok && used > 0) flush();
    return ok;
  }

  void flush() {
    ok = out(std::string_view(block.data(), used));
    used = 0;
  }

  const ByteSink& out;
  Encoder encoder;
  std::array<char, limits::kGzipBlockBytes> block;
  std::size_t used = 0;
  bool ok = true;
};

GzipWriter::GzipWriter(const ByteSink& out) : state_(std::make_unique<State>(out)) {}

GzipWriter::~GzipWriter() = default;

bool GzipWriter::write(std::string_view bytes) {
  constexpr std::size_t kMost = std::numeric_limits<std::uint32_t>::max() / 2;
  while (bytes.size() > kMost) {
    if (!state_->pump(bytes.substr(0, kMost), false)) return false;
    bytes.remove_prefix(kMost);
  }
  return state_->pump(bytes, false);
}

bool GzipWriter::finish() { return state_->pump({}, true); }

}  // namespace steward::http
