// What a family of series is: its type, and how its first lines are written.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "steward/exposition/page_writer.hpp"

namespace steward::exposition {

// Follows the nature of the value, also where promex says otherwise.
enum class Type : std::uint8_t { gauge, counter };

enum class Format : std::uint8_t { text_0_0_4, openmetrics_1_0 };

// The HELP and TYPE lines. In OpenMetrics a counter's family is named without "_total"; a counter
// whose inherited name does not end so cannot be one there and is `unknown`.
void write_family(PageWriter& out, Format format, std::string_view name, Type type,
                  std::string_view help);

// `key="value"`, escaped (\\, \", \n) and in UTF-8, behind a comma unless it is the first.
void append_label(std::string& labels, std::string_view key, std::string_view value);

// Whether `text` can stand in a metric's name: [a-zA-Z0-9_]+.
[[nodiscard]] bool valid_metric_part(std::string_view text);

}  // namespace steward::exposition
