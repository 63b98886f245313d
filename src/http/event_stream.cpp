#include "steward/http/event_stream.hpp"

#include <atomic>
#include <chrono>
#include <memory>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/http/control_json.hpp"
#include "steward/http/problem.hpp"

namespace steward::http {
namespace {

using namespace std::chrono_literals;
using std::chrono::steady_clock;

constexpr auto kLife = 120s;      // well within Patience::answer
constexpr auto kHeartbeat = 10s;  // tells a client that is gone from one that only listens

std::atomic<std::size_t> open_streams{0};

// A place among the streams, given back when the last copy of the answer is gone.
class Place {
 public:
  Place() : number_(open_streams.fetch_add(1)) {}
  ~Place() { open_streams.fetch_sub(1); }
  Place(const Place&) = delete;
  Place& operator=(const Place&) = delete;
  [[nodiscard]] bool taken() const { return number_ < limits::kEventStreams; }

 private:
  std::size_t number_;
};

std::uint64_t begin_of(const Call& call, ledger::Ledger& ledger) {
  const auto header = call.request.header("Last-Event-ID");
  const auto after = parse_number<std::uint64_t>(header ? *header : call.query("after"));
  return after.value_or(ledger.last_sequence());
}

bool send_lines(const ByteSink& sink, ledger::Ledger& ledger, std::uint64_t& after) {
  ledger::AuditQuery query;
  query.after = after;
  const auto lines = ledger.audit(query);
  if (!lines) return false;
  std::string text;
  for (const ledger::AuditLine& line : *lines) {
    text += fmt::format("id: {}\nevent: {}\ndata: {}\n\n", line.sequence, line.record.event,
                        write(to_json(line)));
    after = line.sequence;
  }
  return text.empty() || sink(text);
}

}  // namespace

Response event_stream(const Call& call, daemon::Keeper& keeper, ledger::Ledger& ledger) {
  const auto place = std::make_shared<const Place>();
  if (!place->taken()) {
    return problem(503, "overloaded",
                   fmt::format("{} event streams are open already", limits::kEventStreams));
  }
  Response response;
  response.content_type = "text/event-stream";
  response.headers.emplace_back("Cache-Control", "no-store");
  response.body = BodyStream(
      [place, after = begin_of(call, ledger), &keeper, &ledger](const ByteSink& sink) mutable {
        const auto end = steady_clock::now() + kLife;
        if (!sink("retry: 1000\n\n")) return false;
        while (steady_clock::now() < end) {
          const auto began = steady_clock::now();
          const bool more = keeper.wait_for_audit(after, std::min(end, began + kHeartbeat));
          if (!more && steady_clock::now() < began + kHeartbeat && steady_clock::now() < end) break;
          if (more ? !send_lines(sink, ledger, after) : !sink(":\n\n")) return false;
        }
        return true;
      });
  return response;
}

}  // namespace steward::http
