// The texts of OpenAI's /v1/chat/completions, which Ollama, vLLM, llama.cpp, TGI and hosted services speak
// too: what is sent and what comes back, whole or as the events of a stream, without the sending
// (core/ask/model/generator).
#pragma once
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace vanna::ask::model::chat_api {

struct asked {
    std::string_view model, system, user;
    bool stream = false;
    // Some models take neither; a refusal that names one of them is a reason to ask again without it.
    bool with_temperature = true, with_max_tokens = true;
};

std::string request(asked const& what);

struct said {
    std::string text;
    bool finished = false;   // the model says that this is its end
    bool cut_short = false;  // at its limit of tokens
};

// unavailable, saying what is wrong: not JSON, no choices, an error in place of an answer.
result<said> read(std::string_view body);
// One event of a stream; the text is what it adds, and may be empty.
result<said> read_event(std::string_view data);

}  // namespace vanna::ask::model::chat_api
