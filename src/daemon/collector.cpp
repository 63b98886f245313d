#include "steward/daemon/collector.hpp"

#include <algorithm>

#include "steward/base/limits.hpp"
#include "steward/daemon/dump.hpp"
#include "steward/daemon/workers.hpp"

namespace steward::daemon {
namespace {

using runtime::Deadline;
using std::chrono::steady_clock;

constexpr auto kCertificatesKept = std::chrono::seconds(60);
constexpr auto kPartTimeout = std::chrono::seconds(1);  // of a part that may be missing

template <class Parse>
auto ask_for(runtime::RuntimeSocket& socket, std::string_view line, Deadline deadline,
             const Parse& parse) {
  return runtime::ask(socket, line, deadline).and_then(parse);
}

// A part of the page that may be missing on its own.
template <class T, class Into>
void take_part(std::string_view name, Result<T> part, Into& into,
               std::vector<MissingPart>& missing) {
  if (part) {
    into = std::move(*part);
  } else {
    missing.push_back({std::string(name), std::move(part.error())});
  }
}

// The command line splits words at spaces and commands at ";"; a backslash keeps both.
std::string escaped_argument(std::string_view name) {
  std::string out;
  for (const char c : name) {
    if (c == ' ' || c == ';' || c == '\\') out += '\\';
    out += c;
  }
  return out;
}

}  // namespace

Result<std::shared_ptr<const Collected>> Collector::collect(const Demand& demand,
                                                            Deadline deadline) {
  std::unique_lock lock(mutex_);
  for (;;) {
    if (!flight_) return lead(lock, demand, deadline);
    const std::shared_ptr<Flight> flight = flight_;
    const bool landed =
        landed_.wait_until(lock, deadline, [&] { return flight->outcome.has_value(); });
    if (!landed) return fail(ErrorCode::timed_out, "the scrape before this one still goes on");
    // The leader's deadline may have been shorter than ours: then it is our turn.
    const bool gave_up = !*flight->outcome && flight->outcome->error().code == ErrorCode::timed_out;
    if (flight->demand == demand && !gave_up) return *flight->outcome;
  }
}

// Lands whatever happens, also when something throws: those who wait must not wait for ever.
class Collector::Landing {
 public:
  Landing(Collector& collector, std::unique_lock<std::mutex>& lock, const Demand& demand)
      : collector_(collector), lock_(lock), flight_(std::make_shared<Flight>(Flight{demand, {}})) {
    collector_.flight_ = flight_;
    lock_.unlock();
  }
  ~Landing() {
    lock_.lock();
    flight_->outcome = outcome;
    collector_.flight_ = nullptr;
    collector_.landed_.notify_all();
  }
  Landing(const Landing&) = delete;
  Landing& operator=(const Landing&) = delete;

  Outcome outcome = fail(ErrorCode::internal, "the scrape was broken off");

 private:
  Collector& collector_;
  std::unique_lock<std::mutex>& lock_;
  std::shared_ptr<Flight> flight_;
};

// Called with the lock held; holds it again on return.
Collector::Outcome Collector::lead(std::unique_lock<std::mutex>& lock, const Demand& demand,
                                   Deadline deadline) {
  Landing landing(*this, lock, demand);
  auto collected = read(demand, deadline);
  if (collected) {
    landing.outcome = std::make_shared<const Collected>(std::move(*collected));
  } else {
    landing.outcome = tl::unexpected(std::move(collected.error()));
  }
  return landing.outcome;
}

Result<Collected> Collector::read(const Demand& demand, Deadline deadline) {
  Collected collected;
  auto info = ask_for(stats_, "show info", deadline, stats::parse_info);
  if (!info) return tl::unexpected(info.error());
  collected.snapshot.info = std::move(*info);

  auto dump = read_dump(stats_, demand, plan_reading(options_.pacing, shape_), deadline);
  if (!dump) return tl::unexpected(dump.error());
  collected.snapshot.stat = std::move(dump->stat);
  collected.snapshot.servers = std::move(dump->servers);
  if ((demand.stat_types & kServerType) != 0) shape_ = shape_of(collected.snapshot.stat);

  read_parts(demand, deadline, collected);
  return collected;
}

void Collector::read_parts(const Demand& demand, Deadline deadline, Collected& into) {
  stats::Snapshot& snapshot = into.snapshot;
  const auto soon = [&] { return std::min(deadline, steady_clock::now() + kPartTimeout); };
  if (demand.tables) {
    take_part("tables", ask_for(stats_, "show table", soon(), stats::parse_tables), snapshot.tables,
              into.missing);
  }
  if (demand.resolvers) {
    take_part("resolvers", ask_for(stats_, "show resolvers", soon(), stats::parse_resolvers),
              snapshot.nameservers, into.missing);
  }
  if (demand.certificates) {
    const auto pid = snapshot.info.number("Pid").value_or(0);
    take_part("certificates", read_certificates(pid, soon()), snapshot.certificates, into.missing);
  }
  if (demand.old_workers && master_ != nullptr) {
    take_part("old_workers", read_old_workers(*master_, soon()), snapshot.old_workers,
              into.missing);
  }
}

Result<std::vector<stats::Certificate>> Collector::read_certificates(std::int64_t pid,
                                                                     Deadline deadline) {
  const auto now = steady_clock::now();
  if (certificates_ && certificates_->pid == pid &&
      now - certificates_->read_at < kCertificatesKept) {
    return certificates_->certificates;
  }
  const auto names = ask_for(stats_, "show ssl cert", deadline, stats::parse_certificate_names);
  if (!names) return tl::unexpected(names.error());
  std::vector<stats::Certificate> found;
  for (const std::string& name : *names) {
    if (found.size() == limits::kCertificates) break;
    auto certificate = ask_for(stats_, "show ssl cert " + escaped_argument(name), deadline,
                               stats::parse_certificate);
    if (certificate) found.push_back(std::move(*certificate));
    if (!certificate && certificate.error().code == ErrorCode::timed_out) {
      return tl::unexpected(certificate.error());
    }
  }
  certificates_ = CertificateCache{found, pid, now};
  return found;
}

}  // namespace steward::daemon
