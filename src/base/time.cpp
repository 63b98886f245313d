#include "steward/base/time.hpp"

#include <optional>

#include "steward/base/text.hpp"

namespace steward {
namespace {

using namespace std::chrono;

// Reads a timestamp from its left end.
class Reader {
 public:
  explicit Reader(std::string_view text) : rest_(text) {}

  // So many digits, as a number from `least` to `most`.
  int number(std::size_t digits, int least, int most) {
    const auto value = parse_number<int>(rest_.substr(0, digits));
    const bool whole = rest_.size() >= digits && rest_[0] != '-';
    if (!value || !whole || *value < least || *value > most) return spoil();
    rest_.remove_prefix(digits);
    return *value;
  }

  void one_of(std::string_view letters) {
    if (rest_.empty() || letters.find(rest_.front()) == std::string_view::npos) {
      spoil();
      return;
    }
    rest_.remove_prefix(1);
  }

  [[nodiscard]] bool at(char c) const { return !rest_.empty() && rest_.front() == c; }

  // ".042917" as whole milliseconds; nothing there is none.
  milliseconds decimals() {
    if (!at('.')) return milliseconds(0);
    rest_.remove_prefix(1);
    const std::size_t digits = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
    if (digits == 0 || digits > 12) return milliseconds(spoil());
    std::string three(rest_.substr(0, 3));
    if (digits < 3) three.resize(digits);
    three.resize(3, '0');
    rest_.remove_prefix(digits);
    return milliseconds(*parse_number<int>(three));
  }

  minutes offset() {
    if (at('Z') || at('z')) {
      rest_.remove_prefix(1);
      return minutes(0);
    }
    const int sign = at('-') ? -1 : 1;
    one_of("+-");
    const int hour = number(2, 0, 23);
    one_of(":");
    return sign * (hours(hour) + minutes(number(2, 0, 59)));
  }

  [[nodiscard]] bool good_and_done() const { return good_ && rest_.empty(); }

 private:
  int spoil() {
    good_ = false;
    rest_ = {};
    return 0;
  }

  std::string_view rest_;
  bool good_ = true;
};

std::optional<Time> read(std::string_view text) {
  Reader reader(text);
  const int y = reader.number(4, 1, 9999);
  reader.one_of("-");
  const int m = reader.number(2, 1, 12);
  reader.one_of("-");
  const int d = reader.number(2, 1, 31);
  reader.one_of("Tt ");
  const int hour = reader.number(2, 0, 23);
  reader.one_of(":");
  const int minute = reader.number(2, 0, 59);
  reader.one_of(":");
  const int second = reader.number(2, 0, 60);  // a leap second is the one after
  const milliseconds rest = reader.decimals();
  const minutes offset = reader.offset();
  const year_month_day date{year(y), month(static_cast<unsigned>(m)),
                            day(static_cast<unsigned>(d))};
  if (!reader.good_and_done() || !date.ok()) return std::nullopt;
  return sys_days(date) + hours(hour) + minutes(minute) + seconds(second) + rest - offset;
}

}  // namespace

std::string format_time(Time time) {
  const auto day = floor<days>(time);
  const year_month_day date(day);
  const hh_mm_ss clock(time - day);
  return fmt::format("{:04}-{:02}-{:02}T{:02}:{:02}:{:02}.{:03}Z", static_cast<int>(date.year()),
                     static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                     clock.hours().count(), clock.minutes().count(), clock.seconds().count(),
                     clock.subseconds().count());
}

Result<Time> parse_time(std::string_view text) {
  if (const auto time = read(text)) return *time;
  return fail(ErrorCode::invalid, "'{}' is not a time; write it as 2026-11-23T11:18:33Z",
              printable(text));
}

}  // namespace steward
