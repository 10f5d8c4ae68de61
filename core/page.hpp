// Keyset pages of lists: `after` is the id of the last item seen (ids are UUIDv7, lists run newest first).
#pragma once
#include <optional>
#include <vector>

#include "core/ids.hpp"

namespace vanna {

struct page_request {
    std::size_t limit = 50;      // 1 to 200
    std::optional<uuid> before;  // cursor: only items with a smaller id
};

template <class T>
struct page {
    std::vector<T> items;
    std::optional<uuid> next;  // the cursor of the next page; nothing on the last
};

}  // namespace vanna
