// The SQL in what a model says: in a ``` or ~~~ fence, in JSON ({"sql": …}), or amid prose, with or without a
// <think> part before it. The first statement found counts; statements that follow it directly stay with it,
// so that the guard sees and refuses what a model meant to slip in. It judges nothing else.
#pragma once
#include <string>
#include <string_view>

namespace vanna::ask::model {

struct answer {
    std::string sql;            // empty: none was found, or the model declined
    std::string clarification;  // its question back, if it declined with one
};

answer read_answer(std::string_view text);

// An answer that comes in pieces, cut anywhere.
class answer_text {
  public:
    static constexpr std::size_t most = 64 * 1024;  // bytes

    // False: more came than is taken; it is dropped.
    bool feed(std::string_view piece);
    // The answer stands, whatever may follow: its fence is closed, or its JSON is.
    bool is_whole();
    std::string const& text() const { return text_; }
    answer read() const { return read_answer(text_); }

  private:
    std::string text_;
    std::size_t looked_at_ = 0;
    unsigned looks_ = 0;
    bool whole_ = false;
};

}  // namespace vanna::ask::model
