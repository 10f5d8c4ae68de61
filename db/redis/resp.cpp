#include "db/redis/resp.hpp"

#include <hiredis/hiredis.h>

#include <cstdlib>
#include <new>

namespace vanna::redis {
namespace {

// hiredis builds our replies itself: one copy from its buffer, and no trust in the announced size of an array
// (CVE-2021-32765 is a multiplication of it).
reply* place(redisReadTask const* task, reply made) {
    try {
        if (!task->parent) return new reply(std::move(made));
        auto& siblings = static_cast<reply*>(task->parent->obj)->items;
        siblings.push_back(std::move(made));
        return &siblings.back();
    } catch (std::bad_alloc const&) {
        return nullptr;  // hiredis' way to say so
    }
}

void* create_string(redisReadTask const* task, char* bytes, std::size_t size) {
    auto const type = task->type == REDIS_REPLY_ERROR    ? reply::kind::error
                      : task->type == REDIS_REPLY_STATUS ? reply::kind::status
                                                         : reply::kind::string;
    try {
        return place(task, {.type = type, .text = std::string(bytes, size)});
    } catch (std::bad_alloc const&) {
        return nullptr;
    }
}

void* create_array(redisReadTask const* task, int) {
    return place(task, {.type = reply::kind::array});
}

void* create_integer(redisReadTask const* task, long long value) {
    return place(task, {.type = reply::kind::integer, .integer = value});
}

void* create_nil(redisReadTask const* task) {
    return place(task, {});
}

void free_object(void* root) {
    delete static_cast<reply*>(root);
}

redisReplyObjectFunctions functions{create_string, create_array, create_integer, create_nil, free_object};

}  // namespace

void append_command(std::string& out, std::span<std::string_view const> arguments) {
    std::vector<char const*> texts;
    std::vector<std::size_t> sizes;
    for (auto const& a : arguments) {
        texts.push_back(a.data());
        sizes.push_back(a.size());
    }
    char* formatted = nullptr;
    int const size = redisFormatCommandArgv(&formatted, int(texts.size()), texts.data(), sizes.data());
    if (size < 0) throw std::bad_alloc();
    std::unique_ptr<char, void (*)(void*)> const owner(formatted, std::free);
    out.append(formatted, std::size_t(size));
}

resp_reader::resp_reader() : reader_(redisReaderCreateWithFunctions(&functions), redisReaderFree) {
    if (!reader_) throw std::bad_alloc();
}

resp_reader::~resp_reader() = default;

void resp_reader::feed(std::string_view bytes) {
    if (redisReaderFeed(reader_.get(), bytes.data(), bytes.size()) != REDIS_OK) broken_ = true;
}

result<std::optional<reply>> resp_reader::next() {
    void* made = nullptr;
    if (broken_ || redisReaderGetReply(reader_.get(), &made) != REDIS_OK) {
        broken_ = true;
        return error{errc::unavailable, public_text{"the cache answered nonsense"},
                     internal_text{std::string("Redis: ") + reader_->errstr}};
    }
    if (!made) return std::optional<reply>{};
    std::unique_ptr<reply> const owner(static_cast<reply*>(made));
    return std::optional<reply>(std::move(*owner));
}

}  // namespace vanna::redis
