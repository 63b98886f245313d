// Reads a YAML file into plain structs, strictly, and lists every problem in it rather than the
// first. Code that reads a section names its keys and says where the values go:
//
//   void read_web(Section& section, Web& web) {
//     section.read("telemetry_path", web.telemetry_path, parse_telemetry_path);
//     section.read("max_requests", web.max_requests);
//     section.read_list("listen_addresses", web.listen, parse_listen_address, 16);
//   }
//   const auto problems = read_yaml(text, "steward.yml", [&](Section& root) {
//     root.section("web", config.web, read_web);
//     root.sections("instances", config.instances, read_instance, 64);
//   });
//
// A key that is absent leaves its target as it is: defaults are the struct's own. A section or a
// list with nothing behind its colon counts as absent; for a single value that is a problem.
// Keys nobody asked for are problems when the section ends.
//
// A parser turns text into a value: Result<T>(std::string_view). Its error becomes the problem,
// at the value's position and after the value's path: "f.yml:3:5: web.max_requests: …".
#pragma once

#include <chrono>
#include <concepts>
#include <cstdint>
#include <functional>
#include <initializer_list>
#include <limits>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

#include "steward/base/result.hpp"
#include "steward/config/yaml_tree.hpp"

namespace steward::config {

template <class T>
concept WholeNumber = std::integral<T> && !std::same_as<T, bool> &&
                      (std::signed_integral<T> || sizeof(T) < sizeof(std::int64_t));

// One map of the file, while it is read. Not thread-safe.
class Section {
 public:
  // `map` and `problems` must outlive the section; `path` is "" for the outermost map.
  Section(const YamlNode& map, std::string path, Problems& problems);

  // Any single value; "40" and 40 are the same text.
  void read(std::string_view key, std::string& out);
  // true or false, and nothing else.
  void read(std::string_view key, bool& out);
  // Prometheus style: base/duration.hpp.
  void read(std::string_view key, std::chrono::milliseconds& out);
  // A whole decimal number from `least` to `most`; 007, 0x7, 1e3 and "7" are refused.
  template <WholeNumber T>
  void read(std::string_view key, T& out,
            std::type_identity_t<T> least = std::numeric_limits<T>::min(),
            std::type_identity_t<T> most = std::numeric_limits<T>::max()) {
    if (const auto number = read_number(key, least, most)) out = static_cast<T>(*number);
  }
  // Whatever `parse` makes of the text.
  template <class T, std::invocable<std::string_view> Parse>
  void read(std::string_view key, T& out, const Parse& parse) {
    if (const auto value = find_value(key)) {
      convert(*value, parse, [&](auto&& parsed) { out = std::forward<decltype(parsed)>(parsed); });
    }
  }

  // A list of values, at most `most` of them; it replaces what `out` had.
  template <class T, class Parse>
  void read_list(std::string_view key, std::vector<T>& out, const Parse& parse, std::size_t most) {
    const auto values = find_values(key, most);
    if (!values) return;
    out.clear();
    for (const Value& value : *values) {
      convert(value, parse,
              [&](auto&& parsed) { out.emplace_back(std::forward<decltype(parsed)>(parsed)); });
    }
  }

  // A map within this one, if it is there: read_members(Section&, T&).
  template <class T, class ReadMembers>
  void section(std::string_view key, T& out, const ReadMembers& read_members) {
    if (auto inner = find_section(key)) {
      read_members(*inner, out);
      inner->end();
    }
  }

  // A list of maps, at most `most` of them: read_members(Section&, T&) fills a T{} for each.
  template <class T, class ReadMembers>
  void sections(std::string_view key, std::vector<T>& out, const ReadMembers& read_members,
                std::size_t most) {
    auto inner = find_sections(key, most);
    if (!inner) return;
    out.clear();
    for (Section& section : *inner) {
      read_members(section, out.emplace_back());
      section.end();
    }
  }

  // A map whose keys are names of the user's, not of ours, at most `most` of them:
  // visit(name, text) → Result<void>; an error becomes the problem at the value. A name with
  // nothing behind its colon has the text "".
  template <class Visit>
  void read_entries(std::string_view key, std::size_t most, const Visit& visit) {
    for (const Value& value : find_entries(key, most)) {
      const Result<void> visited =
          visit(std::string_view(value.node->key), std::string_view(value.node->text));
      if (!visited) refuse(value, visited.error().message);
    }
  }

  // Whether it has no keys at all.
  [[nodiscard]] bool empty() const { return map_->children.empty(); }
  // How many items the list has; 0 if there is none.
  [[nodiscard]] std::size_t count(std::string_view key);
  // A problem if the key is absent.
  void require(std::string_view key);
  // A rule of the caller's that was broken, at the value's position, or at the section's if the
  // key is absent.
  void problem(std::string_view key, std::string_view sentence);
  // Lists the keys nobody asked for. Only who made a Section by hand calls this.
  void end();

 private:
  struct Value {
    const YamlNode* node;
    std::string path;
  };

  [[nodiscard]] const YamlNode* find(std::string_view key);
  [[nodiscard]] std::string path_of(std::string_view key) const;
  [[nodiscard]] std::optional<Value> find_value(std::string_view key);
  [[nodiscard]] std::optional<Value> as_value(const YamlNode& node, std::string path);
  [[nodiscard]] const YamlNode* find_list(std::string_view key, std::size_t most);
  [[nodiscard]] std::optional<std::vector<Value>> find_values(std::string_view key,
                                                              std::size_t most);
  [[nodiscard]] std::vector<Value> find_entries(std::string_view key, std::size_t most);
  [[nodiscard]] std::optional<Section> as_section(const YamlNode& node, std::string path);
  [[nodiscard]] std::optional<Section> find_section(std::string_view key);
  [[nodiscard]] std::optional<std::vector<Section>> find_sections(std::string_view key,
                                                                  std::size_t most);
  [[nodiscard]] std::optional<std::int64_t> read_number(std::string_view key, std::int64_t least,
                                                        std::int64_t most);
  void refuse(const Value& value, std::string_view sentence);

  template <class Parse, class Keep>
  void convert(const Value& value, const Parse& parse, const Keep& keep) {
    auto parsed = parse(std::string_view(value.node->text));
    if (parsed) {
      keep(*std::move(parsed));
    } else {
      refuse(value, parsed.error().message);
    }
  }

  const YamlNode* map_;  // never null
  std::string path_;
  Problems* problems_;
  std::vector<std::string> asked_;  // the keys this section knows
};

// Calls `read` with the file's outermost map and returns every problem, "file:line:column:
// sentence", from the top of the file to its end; none: all was read. An empty file is an empty
// map. Text that is not a YAML map has problems without `read` being called. `file` is only named.
[[nodiscard]] std::vector<std::string> read_yaml(std::string_view text, std::string_view file,
                                                 const std::function<void(Section&)>& read);

// "'x' is not one of a, b, c", what one_of says.
[[nodiscard]] tl::unexpected<Error> not_one_of(std::string_view text, std::string_view known);

template <class E>
struct Named {
  std::string_view name;
  E value;
};

// A parser for names: one_of<LogFormat>({{"text", LogFormat::text}, {"json", LogFormat::json}}).
// The names must outlive the parser.
template <class E>
[[nodiscard]] auto one_of(std::initializer_list<Named<E>> names) {
  return [names = std::vector<Named<E>>(names)](std::string_view text) -> Result<E> {
    std::string known;
    for (const Named<E>& named : names) {
      if (named.name == text) return named.value;
      known += (known.empty() ? "" : ", ") + std::string(named.name);
    }
    return not_one_of(text, known);
  };
}

}  // namespace steward::config
