#include "core/error.hpp"

#include <stdexcept>

namespace vanna {

std::string_view to_string(errc code) {
    switch (code) {
        case errc::invalid_input:
            return "invalid-input";
        case errc::bad_request:
            return "bad-request";
        case errc::unauthenticated:
            return "unauthenticated";
        case errc::forbidden:
            return "forbidden";
        case errc::not_found:
            return "not-found";
        case errc::conflict:
            return "conflict";
        case errc::too_large:
            return "too-large";
        case errc::query_refused:
            return "query-refused";
        case errc::query_invalid:
            return "query-invalid";
        case errc::query_too_large:
            return "query-too-large";
        case errc::rate_limited:
            return "rate-limited";
        case errc::unavailable:
            return "unavailable";
        case errc::overloaded:
            return "overloaded";
        case errc::deadline_exceeded:
            return "deadline-exceeded";
        case errc::cancelled:
            return "cancelled";
        case errc::internal:
            return "internal";
    }
    return "internal";
}

void throw_exception_from_error(error const& e, boost::source_location const& where) {
    throw std::logic_error(std::string(where.file_name()) + ":" + std::to_string(where.line()) +
                           ": value() of a failed result: " + e.message + " (" + e.detail + ")");
}

}  // namespace vanna
