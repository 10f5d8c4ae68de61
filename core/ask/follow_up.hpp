// Questions that continue a conversation ("and by status?", "only 2023") for a generator that reads each
// question by itself: the question before is asked again with the addition, and the answer taken only where
// its statement is the earlier one with a condition or a grouping more. What cannot be continued like that is
// asked back, never answered as if it stood alone.
#pragma once
#include "core/ask/local_generator.hpp"

namespace vanna::ask {

std::shared_ptr<local_generator const> with_follow_ups(std::shared_ptr<local_generator const> by);

// What a question adds to the one before it; nothing: it can be read by itself. Empty: it refers to the one
// before in a way that is not understood here.
std::optional<std::string> addition_of(std::string_view question);

// Whether a statement is the other with conditions more on other columns, or with a grouping more of the same
// aggregates.
bool continues(std::string_view earlier_sql, std::string_view sql);

}  // namespace vanna::ask
