#include "steward/stats/servers_state.hpp"

#include <algorithm>
#include <array>

#include "steward/base/limits.hpp"
#include "steward/base/text.hpp"
#include "steward/stats/complete.hpp"

namespace steward::stats {
namespace {

constexpr std::string_view kShowServersState = "show servers state";

// The fields that are read, and where a row keeps them.
struct TextField {
  std::string_view name;
  std::string_view ServerState::*field;
};
struct NumberField {
  std::string_view name;
  std::uint32_t ServerState::*field;
};
constexpr std::array<TextField, 4> kTexts{{{"be_name", &ServerState::backend},
                                           {"srv_name", &ServerState::name},
                                           {"srv_addr", &ServerState::address},
                                           {"srv_fqdn", &ServerState::fqdn}}};
constexpr std::array<NumberField, 7> kNumbers{{{"srv_port", &ServerState::port},
                                               {"srv_op_state", &ServerState::operational},
                                               {"srv_admin_state", &ServerState::admin},
                                               {"srv_uweight", &ServerState::user_weight},
                                               {"srv_iweight", &ServerState::initial_weight},
                                               {"srv_check_state", &ServerState::check_state},
                                               {"srv_agent_state", &ServerState::agent_state}}};

// Those a header may go without.
constexpr std::array<TextField, 1> kOptionalTexts{{{"srvrecord", &ServerState::srv_record}}};
constexpr std::array<NumberField, 7> kOptional{
    {{"srv_check_result", &ServerState::check_result},
     {"srv_check_status", &ServerState::check_status},
     {"srv_time_since_last_change", &ServerState::since_last_change},
     {"srv_check_health", &ServerState::check_health},
     {"be_id", &ServerState::backend_id},
     {"srv_use_ssl", &ServerState::use_ssl},
     {"srv_check_port", &ServerState::check_port}}};

// The words of a line; at most kColumns of them are kept.
void split_words(std::string_view line, std::vector<std::string_view>& words) {
  words.clear();
  const char* start = line.data();
  const char* const end = start + line.size();
  for (const char* at = start; at != end && words.size() < limits::kColumns; ++at) {
    if (*at != ' ') continue;
    words.emplace_back(start, static_cast<std::size_t>(at - start));
    start = at + 1;
  }
  words.emplace_back(start, static_cast<std::size_t>(end - start));
}

class Parser {
 public:
  explicit Parser(std::size_t rows) { rows_.reserve(rows); }

  Result<void> line(std::string_view text) {
    ++line_;
    if (text.empty() || text == "1") return {};  // between chained answers; the format's version
    if (text.starts_with("# ")) return header(text.substr(2));
    if (columns_ == 0) return malformed(text, "where the header should be");
    return row(text);
  }

  [[nodiscard]] bool saw_header() const { return columns_ != 0; }
  std::vector<ServerState> take() { return std::move(rows_); }

 private:
  Result<void> header(std::string_view text) {
    split_words(text, words_);
    columns_ = words_.size();
    for (std::size_t i = 0; i < kTexts.size(); ++i) {
      if (!locate(kTexts[i].name, text_at_[i])) return malformed(text, "without a field it needs");
    }
    for (std::size_t i = 0; i < kNumbers.size(); ++i) {
      if (!locate(kNumbers[i].name, number_at_[i])) {
        return malformed(text, "without a field it needs");
      }
    }
    for (std::size_t i = 0; i < kOptional.size(); ++i) {
      (void)locate(kOptional[i].name, optional_at_[i]);
    }
    for (std::size_t i = 0; i < kOptionalTexts.size(); ++i) {
      (void)locate(kOptionalTexts[i].name, optional_text_at_[i]);
    }
    return {};
  }

  bool locate(std::string_view name, std::size_t& at) const {
    const auto found = std::find(words_.begin(), words_.end(), name);
    at = static_cast<std::size_t>(found - words_.begin());
    return found != words_.end();
  }

  Result<void> row(std::string_view text) {
    split_words(text, words_);
    if (words_.size() != columns_) {
      return fail(ErrorCode::malformed, "{}, line {}: {} fields, but the header has {}",
                  kShowServersState, line_, words_.size(), columns_);
    }
    if (rows_.size() == limits::kRows) {
      return fail(ErrorCode::limit, "{}: more than {} servers", kShowServersState, limits::kRows);
    }
    ServerState& state = rows_.emplace_back();
    for (std::size_t i = 0; i < kTexts.size(); ++i) {
      const std::string_view word = words_[text_at_[i]];
      if (word != "-") state.*kTexts[i].field = word;
    }
    for (std::size_t i = 0; i < kOptionalTexts.size(); ++i) {
      if (optional_text_at_[i] >= columns_) continue;
      const std::string_view word = words_[optional_text_at_[i]];
      if (word != "-") state.*kOptionalTexts[i].field = word;
    }
    for (std::size_t i = 0; i < kNumbers.size(); ++i) {
      if (auto read = number(number_at_[i], state.*kNumbers[i].field); !read) return read;
    }
    for (std::size_t i = 0; i < kOptional.size(); ++i) {
      if (optional_at_[i] >= columns_) continue;
      if (auto read = number(optional_at_[i], state.*kOptional[i].field); !read) return read;
    }
    return {};
  }

  // "-" and "-1" (HAProxy's "not said") leave it as it is.
  Result<void> number(std::size_t column, std::uint32_t& into) const {
    const std::string_view word = words_[column];
    if (word == "-" || word == "-1") return {};
    const auto parsed = parse_number<std::uint32_t>(word);
    if (!parsed) return malformed(word, "where a number should be");
    into = *parsed;
    return {};
  }

  [[nodiscard]] tl::unexpected<Error> malformed(std::string_view text, std::string_view why) const {
    return fail(ErrorCode::malformed, "{}, line {}: '{}' {}", kShowServersState, line_,
                printable(text), why);
  }

  std::vector<ServerState> rows_;
  std::vector<std::string_view> words_;
  std::array<std::size_t, kTexts.size()> text_at_{};
  std::array<std::size_t, kOptionalTexts.size()> optional_text_at_{};
  std::array<std::size_t, kNumbers.size()> number_at_{};
  std::array<std::size_t, kOptional.size()> optional_at_{};
  std::size_t columns_ = 0;
  std::size_t line_ = 0;
};

}  // namespace

Result<ServersState> parse_servers_state(std::string answer) {
  auto text = std::make_unique<const std::string>(std::move(answer));
  const auto lines = complete(kShowServersState, *text);
  if (!lines) return tl::unexpected(lines.error());
  Parser parser(lines->size());
  for (const std::string_view line : *lines) {
    if (auto taken = parser.line(line); !taken) return tl::unexpected(taken.error());
  }
  if (!parser.saw_header()) return fail(ErrorCode::malformed, "{}: no header", kShowServersState);
  return ServersState(std::move(text), parser.take());
}

}  // namespace steward::stats
