// A stable sort. (std::stable_sort of libstdc++ 12 uses a function that clang 19 reports as deprecated.)
#pragma once
#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace vanna::ask::builtin {

template <class T, class Less>
void sort_stably(std::vector<T>& list, Less less) {
    std::vector<std::size_t> order(list.size());
    std::iota(order.begin(), order.end(), std::size_t(0));
    std::sort(order.begin(), order.end(), [&](std::size_t a, std::size_t b) {
        if (less(list[a], list[b])) return true;
        return !less(list[b], list[a]) && a < b;
    });
    std::vector<T> sorted;
    sorted.reserve(list.size());
    for (auto i : order)
        sorted.push_back(std::move(list[i]));
    list = std::move(sorted);
}

}  // namespace vanna::ask::builtin
