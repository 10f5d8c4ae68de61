// What a model is told of a question: its rules as the system's message, all else as the user's, each kind in
// a fence of its own. Pure text. Names, comments, values, pairs and questions are data: none of them can
// close a fence, and the rules say that nothing within one is an instruction. (What keeps a statement
// harmless is the guard, not this.)
//
// The budget, counted by most_tokens(), is filled in this order, whole pieces only; what does not fit is left
// out and smaller ones behind it still get their chance:
//   1. rules, question and, in the repair round, the failed statement with its error: always;
//   2. earlier turns of the conversation, the newest first;
//   3. tables that retrieval found, the nearest first, then those they refer to or are referred to by;
//   4. verified pairs;  5. business terms;  6. documentation;
//   7. sample values, with LLM_SEND_SAMPLES only (without it, statements of turns and pairs have no value
//      either that their own question has not);
//   8. the other tables, those that share words with the question first.
// Without retrieval, 3 to 5 take what shares words with the question.
#pragma once
#include "core/ask/ports.hpp"

namespace vanna::ask::model {

struct prompt_options {
    std::size_t most_tokens = 6000;  // leaves room for the answer in a context of 8,192
    bool send_samples = false;
};

struct failed_statement {
    std::string sql, error;
};

struct prompt {
    std::string system, user;
    std::size_t tokens = 0;           // of both, as counted
    std::vector<std::string> tables;  // those shown
    std::size_t left_out = 0;         // pieces that did not fit
};

prompt make_prompt(context const& what, prompt_options const& how, failed_statement const* failed = nullptr);

// `text` such that it cannot close the fence it is put in, nor open another.
std::string fenced_safely(std::string text);

// An engine's message without what may come from rows: words that are neither of the statement nor of the
// schema nor of the language that engines complain in become "…".
std::string without_row_data(std::string_view message, std::string_view sql, sql::schema const& schema);

}  // namespace vanna::ask::model
