// What became of a manual action, in words. Pure.
#pragma once

#include <string>

#include "steward/cli/client.hpp"

namespace steward::cli {

// "2026-11-23T18:00:00Z" of a time with milliseconds.
[[nodiscard]] std::string short_time(const std::string& time);

// "lb1:web/web1" of anything with these members.
[[nodiscard]] std::string target_of(const Json& json);

// "drain", "weight 50%" of a setting and its value.
[[nodiscard]] std::string wish_of(const Json& json);

// A line about a result of the API: "lb1:web/web1: drain is in force until …, override 17".
// `override` is what is known of its override by now; null if there is none.
[[nodiscard]] std::string result_line(const Json& result, const Json& override);

// The exit code a result means, by the phase it has.
[[nodiscard]] int code_of(const Json& result);

// Whether HAProxy still has to be told of it.
[[nodiscard]] bool unsettled(const Json& override);

}  // namespace steward::cli
