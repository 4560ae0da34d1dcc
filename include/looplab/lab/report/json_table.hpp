// SPDX-License-Identifier: MIT
//
// Lines of a JSON lines file as a table.
#pragma once

#include <algorithm>
#include <nlohmann/json.hpp>
#include <string>
#include <vector>

#include "looplab/lab/report/short_text.hpp"
#include "looplab/lab/report/table.hpp"

namespace looplab::lab {

/// A value of a record: words as they are, fractions with four significant digits, lists as "1,2".
[[nodiscard]] inline std::string json_text(const nlohmann::ordered_json& value) {
  if (value.is_string()) return value.get<std::string>();
  if (value.is_number_float()) return significant(value.get<double>(), 4);
  std::string text = value.dump();
  if (value.is_array()) text = text.substr(1, text.size() - 2);
  return text;
}

/// A row per record, a column per key of any of them, with '_' as a space; objects are left out.
[[nodiscard]] inline Table json_table(const std::vector<nlohmann::ordered_json>& records) {
  nlohmann::ordered_json first = nlohmann::ordered_json::object();  // value of each key
  for (const auto& record : records)
    for (const auto& [key, value] : record.items())
      if (!value.is_object() && !first.contains(key)) first[key] = value;
  Table table({});
  for (const auto& [key, value] : first.items()) {
    Column column{key, value.is_string() ? Align::left : Align::right};
    std::ranges::replace(column.heading, '_', ' ');
    for (const auto& record : records)
      column.cells.push_back(record.contains(key) ? json_text(record[key]) : "");
    table.columns.push_back(column);
  }
  return table;
}

}  // namespace looplab::lab
