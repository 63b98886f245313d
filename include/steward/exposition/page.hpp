// Snapshots → a metrics page, streamed.
#pragma once

#include <span>
#include <string_view>

#include "steward/exposition/family.hpp"
#include "steward/exposition/page_writer.hpp"
#include "steward/exposition/selection.hpp"
#include "steward/stats/snapshot.hpp"

namespace steward::exposition {

// One HAProxy on a page.
struct PageInstance {
  std::string_view name;                      // for the label haproxy=; empty: no such label
  const stats::Snapshot* snapshot = nullptr;  // null: it could not be scraped, haproxy_up is 0
};

struct PageOptions {
  Format format = Format::text_0_0_4;
  Selection selection;
  bool legacy = false;  // the retired exporter's labels and names too
};

// Writes the page: every family once, its series together. Names, labels and values are those of
// HAProxy's own exporter, newest version, whatever version was scraped; a value HAProxy did not
// give is left out. `own` is written behind: the steward's metrics, already in the format.
// False if the sink refused.
bool write_page(std::span<const PageInstance> instances, const PageOptions& options,
                std::string_view own, const Sink& sink);

}  // namespace steward::exposition
