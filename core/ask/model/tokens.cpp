#include "core/ask/model/tokens.hpp"

namespace vanna::ask::model {

std::size_t most_tokens(std::string_view text) {
    std::size_t tokens = 0, letters = 0;
    char before = 0;
    for (char const c : text) {
        if ((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z')) {
            ++letters;
        } else {
            tokens += (letters + 1) / 2;
            letters = 0;
            if (c != ' ' || before == ' ') ++tokens;
        }
        before = c;
    }
    return tokens + (letters + 1) / 2;
}

}  // namespace vanna::ask::model
