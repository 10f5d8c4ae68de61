// Where Redis is, as REDIS_URL says: redis://[user][:password]@host[:port][/database].
#pragma once
#include <string>
#include <string_view>

#include "core/error.hpp"

namespace vanna::redis {

struct address {
    std::string host = "localhost", port = "6379";
    std::string user, password;  // empty: not sent
    unsigned database = 0;

    // invalid_input: says what is wrong, without the password.
    static result<address> parse(std::string_view url);
};

}  // namespace vanna::redis
