// Expected failures. Every fallible function returns result<T>; adapters translate driver codes into errc at
// their edge. What a client may read and what only the log may hold are different types, so that they cannot
// be mixed up.
#pragma once
#include <boost/system/result.hpp>
#include <chrono>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace vanna {

enum class errc {
    invalid_input,      // 422 validation, 400 where the request itself is malformed
    bad_request,        // 400
    unauthenticated,    // 401
    forbidden,          // 403
    not_found,          // 404
    conflict,           // 409
    too_large,          // 413
    query_refused,      // 422 the guard says no
    query_invalid,      // 422 the engine says no
    query_too_large,    // 422
    rate_limited,       // 429
    unavailable,        // 503 a store is away
    overloaded,         // 503 a queue is full
    deadline_exceeded,  // 504
    cancelled,          // 499 / status cancelled
    internal,           // 500 a bug
};

std::string_view to_string(errc code);

struct public_text {
    std::string value;
};
struct internal_text {
    std::string value;
};
struct field_error {
    std::string field;
    std::string message;
};

struct error {
    errc code = errc::internal;
    std::string message;                  // public: what is wrong, which value, what to do
    std::string detail;                   // for the log only
    std::string type;                     // problem type slug ("target-disabled"); empty: the errc's own
    std::string rule;                     // of the guard, on query_refused
    std::string location;                 // Location header of a conflict with a running job
    std::optional<std::size_t> position;  // character offset in the statement, from 0
    std::optional<std::chrono::seconds> retry_after;
    std::vector<field_error> fields;

    error() = default;
    error(errc c, public_text text, internal_text hidden = {})
        : code(c), message(std::move(text.value)), detail(std::move(hidden.value)) {}
    error&& with_type(std::string slug) && { return type = std::move(slug), std::move(*this); }
    error&& with_retry(std::chrono::seconds s) && { return retry_after = s, std::move(*this); }
    error&& with_field(std::string f, std::string m) && {
        return fields.push_back({std::move(f), std::move(m)}), std::move(*this);
    }
};

template <class T>
using result = boost::system::result<T, error>;

// Called by result<T>::value() on an error: that is a bug in the caller.
[[noreturn]] void throw_exception_from_error(error const& e, boost::source_location const& where);

}  // namespace vanna
