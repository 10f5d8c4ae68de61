// One request as handlers see it. The session owns it and reuses it for the next request of any connection:
// every view it gives is good until the handler's coroutine ends and its reply was written, not longer.
#pragma once
#include <array>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "core/auth/principal.hpp"
#include "core/clock.hpp"
#include "core/sql/target.hpp"
#include "server/http/method.hpp"
#include "server/http/uri.hpp"

namespace vanna::http {

struct route;
class disconnects;

class request {
  public:
    http::method method = http::method::get;
    unsigned version = 11;        // 10 or 11
    std::string body;             // whole, at most MAX_BODY_BYTES
    deadline arrived{}, limit{};  // when its first byte was read; arrived + the server's request limit
    http::route const* route = nullptr;
    auth::principal const* principal = nullptr;  // null on open routes

    std::string_view target() const { return view(target_); }
    std::string_view path() const { return target().substr(0, path_size_); }  // as sent, not decoded
    std::string_view query_string() const;
    // A header by its name in lower case: the first one; empty when there is none.
    std::string_view header(std::string_view lower_name) const;
    bool has_header(std::string_view lower_name) const;
    std::size_t count_headers(std::string_view lower_name) const;
    // All headers of that name, joined with commas in their order (RFC 9110, 5.3).
    std::string header_list(std::string_view lower_name) const;
    // A {name} of the route's template, decoded; empty when the template has none.
    std::string_view parameter(std::string_view name) const;
    // Query parameters, decoded; the first of that name. Malformed escapes never reach a handler (400).
    std::optional<std::string_view> query(std::string_view name) const;
    query_parameters const& queries() const { return query_; }

    std::string_view id() const { return id_; }          // X-Request-Id, taken or made
    std::string_view remote() const { return remote_; }  // the client's address, without port
    bool is_loopback() const { return loopback_; }       // from this machine, and through no proxy
    bool is_secure() const { return secure_; }           // the client speaks https, to us or to our proxy
    deadline within(std::chrono::milliseconds d) const { return arrived + d; }

    // The client going away while the handler runs requests `flag`'s stop (client_gone), as does the end of
    // the grace period at shutdown (shutdown). Forgotten when the reply is written.
    void on_disconnect(std::shared_ptr<sql::stop_flag> flag);

    // For the session, the router, middleware and tests.
    void clear();
    void set_target(std::string_view target);  // origin or absolute form
    void add_header(std::string_view name, std::string_view value);
    bool parse_query_string();  // false: malformed
    void set_parameter(std::size_t index, std::string_view name, std::string value);
    void set_id(std::string_view id) { id_ = id; }
    void set_remote(std::string_view address, bool loopback, bool secure) {
        remote_ = address;
        loopback_ = loopback;
        secure_ = secure;
    }
    void set_principal(auth::principal who) { principal = &principal_.emplace(std::move(who)); }
    void watch(disconnects* by, int descriptor) { watcher_ = by, descriptor_ = descriptor; }

  private:
    struct span {
        std::uint32_t begin = 0, size = 0;
    };
    struct field {
        span name, value;
    };
    std::string_view view(span s) const { return std::string_view(text_).substr(s.begin, s.size); }
    span keep(std::string_view text);

    std::string text_;  // target, names in lower case and values, back to back
    std::vector<field> fields_;
    span target_;
    std::size_t path_size_ = 0;
    query_parameters query_;
    std::array<std::pair<std::string_view, std::string>, 4> parameters_;
    std::string id_, remote_;
    bool loopback_ = false, secure_ = false;
    std::optional<auth::principal> principal_;
    disconnects* watcher_ = nullptr;
    int descriptor_ = -1;
    std::vector<std::shared_ptr<sql::stop_flag>> flags_;
    friend class disconnects;
};

}  // namespace vanna::http
