#include "core/ids.hpp"
#include "core/log.hpp"
#include "core/sql/row_values.hpp"
#include "server/http/problem.hpp"
#include "server/http/session.hpp"
#include "server/middleware/cors.hpp"
#include "server/middleware/security_headers.hpp"

namespace vanna::http {
namespace {

constexpr std::size_t most_joined = 32 * 1024;  // a body that goes out with its head in one buffer
constexpr std::size_t most_small_body = 16 * 1024;

bool is_good_id(std::string_view id) {
    if (id.empty() || id.size() > 64) return false;
    for (char c : id)
        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' ||
              c == '_' || c == '-'))
            return false;
    return true;
}

response route_problem(router::outcome outcome, request const& what, router const& routes) {
    switch (outcome) {
        case router::outcome::trailing_slash: {
            std::string to(what.path().substr(0, what.path().size() - 1));
            if (!what.query_string().empty()) to.append("?").append(what.query_string());
            return redirect(std::move(to), 308);
        }
        case router::outcome::wrong_method: {
            auto allowed = routes.allowed(what);
            return problem(405, "method-not-allowed", "this path takes " + allowed)
                .with("allow", std::move(allowed));
        }
        case router::outcome::malformed:
            return problem(400, "bad-request", "the path has a malformed percent-escape");
        default:
            return problem(404, "not-found", "there is nothing at this path; see /docs");
    }
}

}  // namespace

session_base::session_base(listener& home, std::string peer) : home_(home), peer_(std::move(peer)) {
    home_.joined(*this);
}

session_base::~session_base() {
    if (x_) home_.exchanges.give_back(std::move(x_));
    home_.left(*this);
}

void session_base::begin_request() {
    auto const& o = home_.site.options;
    auto& r = x_->request;
    r.clear();
    x_->out.clear();
    x_->parser.emplace(r, o.most_header, o.most_body);
    early_.reset();
    keep_alive_ = true;
    body_unread_ = false;
    sent_ = 0;
    r.arrived = clock::now();
    r.limit = r.arrived + o.request_time;
}

void session_base::on_header() {
    auto& r = x_->request;
    auto const& s = home_.site;
    auto const given = r.header("x-request-id");
    if (is_good_id(given)) {
        r.set_id(given);
    } else {
        r.set_id(to_string(new_id()));
    }
    set_client();
    auto const outcome = s.router.find(r);
    if (outcome != router::outcome::found) {
        auto allowed = r.method == method::options ? s.router.allowed(r) : std::string();
        early_ = allowed.empty() ? route_problem(outcome, r, s.router)
                                 : options_reply(r, s.options.cors_origins, std::move(allowed));
    } else if (!r.parse_query_string()) {
        early_ = problem(400, "bad-request", "the query string has a malformed percent-escape");
    } else {
        early_ = admit(r, home_.seat.verifier);
        if (r.route->flags & small_body) x_->parser->lower_body_limit(most_small_body);
    }
}

// Who sent it: what a header claims counts only when one of our proxies says it.
void session_base::set_client() {
    auto& r = x_->request;
    auto const& o = home_.site.options;
    bool const direct = !r.has_header("x-forwarded-for") && !r.has_header("forwarded");
    bool const loopback = direct && (peer_ == "127.0.0.1" || peer_ == "::1");
    if (o.trusted_proxies.empty() || !is_proxy(peer_, o.trusted_proxies)) {
        r.set_remote(peer_, loopback, bool(home_.site.tls));
        return;
    }
    r.set_remote(client_address(peer_, r.header_list("x-forwarded-for"), o.trusted_proxies), loopback,
                 home_.site.tls || r.header("x-forwarded-proto") == "https");
}

bool session_base::is_not_worth_reading() const {
    return x_->parser->still_to_come() > x_->unparsed().size() + most_small_body;
}

response session_base::unhandled(std::exception_ptr failure) const {
    auto const& r = x_->request;
    auto const route = r.route ? r.route->path : std::string_view();
    if (home_.cancelled()) return shutting_down();
    try {
        std::rethrow_exception(failure);
    } catch (std::exception const& e) {
        log::error("a handler threw", {{"request_id", r.id()}, {"route", route}, {"error", e.what()}});
    } catch (...) {
        log::error("a handler threw", {{"request_id", r.id()}, {"route", route}});
    }
    home_.counts.exceptions.add();
    return error{errc::internal, public_text{"something went wrong here; the log has it under this "
                                             "request_id"}};
}

response session_base::shutting_down() const {
    return error{errc::unavailable, public_text{"the server stops before this was done; send it again"}}
        .with_type("shutting-down")
        .with_retry(std::chrono::seconds(1));
}

void session_base::decide_keep_alive() {
    keep_alive_ = keep_alive_ && !body_unread_ && x_->parser->is_done() && x_->parser->keep_alive() &&
                  !home_.draining() && !closing();
}

framing session_base::framing_for(response const& what) const {
    if (what.status == 204 || what.status == 304) return framing::none;
    if (!what.stream || what.stream_size) return framing::length;
    return x_->request.version >= 11 ? framing::chunked : framing::until_close;
}

void session_base::render(response& what, framing how) {
    auto const& r = x_->request;
    if (what.failure) {
        auto const& why = *what.failure;
        what.body = problem_json(why, what.status, r.id());
        what.content_type = "application/problem+json";
        if (!why.detail.empty())
            // What is told to the caller may quote rows and statements; the log may not.
            log::warn("request failed",
                      {{"request_id", r.id()},
                       {"error", what.status < 500 ? sql::without_values(why.message) : why.message},
                       {"detail", why.detail}});
        if (why.retry_after)
            what.headers.push_back({"retry-after", std::to_string(why.retry_after->count())});
        if (!why.location.empty()) what.headers.push_back({"location", why.location});
        if (what.status == 401)
            what.headers.push_back(
                {"www-authenticate", r.has_header("authorization")
                                         ? "Bearer realm=\"vanna\", error=\"invalid_token\""
                                         : "Bearer realm=\"vanna\""});
    }
    if (how == framing::until_close) keep_alive_ = false;
    auto const& origins = home_.site.options.cors_origins;
    reply_head head{.version = r.version,
                    .body = how,
                    .length = what.stream_size.value_or(what.body.size()),
                    .keep_alive = keep_alive_,
                    .date = home_.date,
                    .request_id = r.id(),
                    .fixed = fixed_headers(what),
                    .allow_origin = allowed_origin(r, origins),
                    .vary = origins.empty() ? std::string_view() : "origin"};
    append_head(x_->out, what, head);
    if (r.method == method::head || how != framing::length)
        what.body.clear();
    else if (what.body.size() <= most_joined) {
        x_->out += what.body;
        what.body.clear();
    }
}

std::string_view session_base::fixed_headers(response const& what) const {
    for (auto const& [name, value] : what.headers)
        if (name == "content-security-policy") return page_headers;
    return api_headers;
}

void session_base::note(response const& what) {
    auto const& r = x_->request;
    auto& counts = home_.counts;
    auto const took = clock::now() - r.arrived;
    counts.answered(r.route ? home_.site.router.index_of(*r.route) : counts.unmatched(r.method), what.status,
                    took);
    counts.bytes_out.add(sent_);
    auto const level = r.route && (r.route->flags & quiet) ? log::level::debug : log::level::info;
    if (!log::enabled(level)) return;
    log::write(level, "request",
               {{"request_id", r.id()},
                {"method", to_string(r.method)},
                {"route", r.route ? r.route->path : "unmatched"},
                {"status", what.status},
                {"us", std::chrono::duration_cast<std::chrono::microseconds>(took).count()},
                {"bytes", sent_},
                {"remote", r.remote()},
                {"user", r.principal ? to_string(r.principal->user_id) : std::string()}});
}

}  // namespace vanna::http
