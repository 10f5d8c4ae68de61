#include "core/query/service.hpp"

#include <openssl/sha.h>

#include "core/sql/writers.hpp"

namespace vanna::query {
namespace {

std::uint64_t lower_of(std::uint64_t cap, std::optional<std::uint64_t> wanted) {
    if (!wanted) return cap;
    return cap == 0 ? *wanted : std::min(cap, *wanted);
}

deadline until(std::uint64_t ms) {
    return ms == 0 ? deadline::max() : after(std::chrono::milliseconds(ms));
}

// What makes two queries the same one: data, statement, parameters, caps.
std::string cache_key(std::string const& version, request const& what, sql::limits const& caps) {
    std::string text = version;
    auto const part = [&text](std::string_view s) { (text += '\0') += s; };
    std::string_view statement = what.what.text;
    while (!statement.empty() &&
           (statement.back() == ';' || std::isspace(static_cast<unsigned char>(statement.back()))))
        statement.remove_suffix(1);
    part(statement);
    part(params_json(what.what));
    part(std::to_string(caps.max_rows));
    part(std::to_string(caps.max_bytes));
    unsigned char digest[SHA256_DIGEST_LENGTH];
    SHA256(reinterpret_cast<unsigned char const*>(text.data()), text.size(), digest);
    return "vanna:result:" + std::string(reinterpret_cast<char*>(digest), sizeof digest);
}

// A cached value is one header character, the counts, a newline, the fragment.
std::string to_cached(outcome const& o) {
    return std::string(o.truncated ? "T" : "W") + std::to_string(o.rows) + "\n" + o.json;
}

std::shared_ptr<outcome const> from_cached(std::string const& text, std::string version) {
    auto const end = text.find('\n');
    if (end == text.npos || end < 2 || (text[0] != 'T' && text[0] != 'W')) return nullptr;
    auto out = std::make_shared<outcome>();
    out->truncated = text[0] == 'T';
    for (std::size_t i = 1; i < end; ++i) {
        if (text[i] < '0' || text[i] > '9') return nullptr;
        out->rows = out->rows * 10 + std::uint64_t(text[i] - '0');
    }
    out->json = text.substr(end + 1);
    out->target_version = std::move(version);
    return out;
}

status status_of(outcome const& body) {
    if (!body.failure) return status::success;
    switch (body.failure->code) {
        case errc::query_refused:
        case errc::query_too_large:
            return status::refused;
        case errc::deadline_exceeded:
            return status::timeout;
        case errc::cancelled:
            return status::cancelled;
        default:
            return status::error;
    }
}

// An outcome that says something of the moment or the caller rather than of the query is not given to others.
bool shareable(outcome const& o) {
    return !o.failure || o.failure->code == errc::query_refused || o.failure->code == errc::query_invalid ||
           o.failure->code == errc::query_too_large || o.failure->code == errc::deadline_exceeded;
}

}  // namespace

bool is_wrong(vanna::error const& statement) {
    return statement.code == errc::query_invalid || statement.code == errc::query_refused;
}

result<void> service::validate_size(request const& what, config::settings const& s) const {
    if (what.what.text.size() <= s.max_sql_bytes) return {};
    return error{errc::query_too_large,
                 public_text{"the statement has " + std::to_string(what.what.text.size()) +
                             " bytes; the limit is " + std::to_string(s.max_sql_bytes)}};
}

result<void> service::validate(request const& what, config::settings const& s) const {
    if (auto ok = validate_size(what, s); !ok) return ok.error();
    if (what.id) {
        auto const made = time_of(*what.id);
        if (!made || std::chrono::abs(*made - now()) > std::chrono::minutes(5))
            return error{errc::invalid_input, public_text{"the id is not usable"}}.with_field(
                "id", "expected a UUIDv7 made within five minutes of now, or no id at all");
    }
    if (!records_.has_room())
        return error{errc::unavailable,
                     public_text{"queries cannot be recorded at the moment; try again shortly"},
                     internal_text{"the spool is full"}}
            .with_retry(std::chrono::seconds(5));
    return {};
}

awaitable<outcome> service::execute(uuid by, request const& what, sql::limits caps, deadline limit) {
    auto opened = co_await shared_.target.open(what.what, {.format = sql::row_format::json,
                                                           .limits = caps,
                                                           .until = limit,
                                                           .whole = true,
                                                           .stop = what.stop,
                                                           .by = by});
    outcome out;
    if (!opened) {
        out.failure = opened.error();
        co_return out;
    }
    out.rows = opened->first.rows;
    out.truncated = opened->first.truncated;
    out.cacheable = opened->cacheable;
    out.target_version = opened->target_version;
    sql::row_shape const shape(opened->columns);
    sql::text_buffer head;
    head.put("\"columns\":[");
    for (std::size_t i = 0; i < opened->columns.size(); ++i) {
        head.put(i == 0 ? "{\"name\":" : ",{\"name\":");
        sql::put_json_text(head, shape.names[i]);
        head.put(",\"type\":");
        sql::put_json_text(head, opened->columns[i].type);
        head.put('}');
    }
    out.json = head.take();
    out.json.reserve(out.json.size() + opened->first.bytes.size() + 80);
    out.json += "],\"rows\":[";
    out.json += opened->first.bytes;
    out.json += "],\"row_count\":";
    out.json += std::to_string(out.rows);
    out.json += out.truncated ? ",\"truncated\":true" : ",\"truncated\":false";
    if (opened->first.invalid_utf8 || shape.repaired) out.json += ",\"invalid_utf8\":true";
    co_return out;
}

awaitable<std::shared_ptr<outcome const>> service::fetch(uuid by, request const& what,
                                                         config::settings const& s, deadline limit,
                                                         bool& cached) {
    sql::limits const caps{.max_rows = lower_of(s.query_max_rows, what.limit),
                           .max_bytes = s.query_max_bytes};
    auto const target = shared_.target.status();
    if (!target.is_fixed) co_return std::make_shared<outcome const>(co_await execute(by, what, caps, limit));
    auto const& version = target.version;
    auto const key = cache_key(version, what, caps);
    bool const use_cache = cache_ && s.result_cache_ttl_seconds != 0 && !version.empty();
    if (use_cache) {
        if (auto found = co_await cache_->get(key)) {
            if (auto body = from_cached(*found, version)) {
                counters_.cache_hits.add();
                cached = true;
                co_return body;
            }
        }
        counters_.cache_misses.add();
    }
    auto const stop = what.stop;
    auto seat =
        co_await shared_.flights.take(key, limit, [stop] { return stop->why() != sql::stop_reason::none; });
    if (seat.outcome) {
        counters_.joined.add();
        co_return seat.outcome;
    }
    if (!seat.lead) {
        outcome gave_up;
        gave_up.failure =
            stop->why() != sql::stop_reason::none
                ? error{errc::cancelled, public_text{"the query was cancelled"}}
                : error{errc::deadline_exceeded, public_text{"the query took longer than allowed"}};
        co_return std::make_shared<outcome const>(std::move(gave_up));
    }
    auto body = std::make_shared<outcome const>(co_await execute(by, what, caps, limit));
    if (use_cache && !body->failure && body->cacheable && body->target_version == version)
        cache_->put(key, to_cached(*body), std::chrono::seconds(s.result_cache_ttl_seconds));
    // What may differ from one run to the next is not shared either.
    if (shareable(*body) && (body->failure || body->cacheable)) seat.lead->publish(body);
    co_return body;
}

awaitable<result<void>> service::limit_rate(uuid user, std::uint64_t per_minute) {
    if (!limits_ || per_minute == 0) co_return result<void>{};
    auto const verdict =
        co_await limits_->take({{"queries:" + to_string(user), per_minute}}, std::chrono::seconds(60));
    if (verdict.allowed) co_return result<void>{};
    co_return error{errc::rate_limited, public_text{"you have run " + std::to_string(per_minute) +
                                                    " queries within a minute, which is the limit"}}
        .with_retry(std::max(verdict.retry_after, std::chrono::seconds(1)));
}

awaitable<result<answer>> service::run(asker by, request what) {
    auto admitted = co_await admit(by, what);
    if (!admitted) co_return admitted.error();
    co_return co_await attempt(std::move(by), std::move(what), *admitted, false);
}

awaitable<result<service::admission>> service::admit(asker by, request what) {
    auto const settings = shared_.settings.get();
    if (auto ok = validate(what, *settings); !ok) co_return ok.error();
    if (auto ok = co_await limit_rate(by.who.user_id, settings->query_rate_per_minute); !ok)
        co_return ok.error();
    auto const id = what.id.value_or(new_id());
    if (what.id) {
        // PostgreSQL away: the record's own key keeps two queries under one id apart when it is back.
        auto known = co_await history_.exists(id, after(std::chrono::seconds(1)));
        if (known && *known)
            co_return error{errc::conflict, public_text{"the query id " + to_string(id) +
                                                        " is already known; a new query needs a new id"}};
    }
    auto entry = shared_.running.add(id, by.who.user_id, what.stop, settings->query_concurrency_per_user);
    if (!entry) co_return entry.error();
    co_return admission(records_, id, what.id.has_value(), std::move(*entry));
}

awaitable<result<answer>> service::attempt(asker by, request what, admission& of, bool may_follow) {
    auto const settings = shared_.settings.get();
    if (auto ok = validate_size(what, *settings); !ok) co_return ok.error();
    if (of.failed_) {
        of.failed_->id = new_id();
        if (auto ok = settle(of); !ok) co_return ok.error();
    }
    auto const began = now();
    auto const clock = std::chrono::steady_clock::now();
    bool cached = false;
    auto body = co_await fetch(by.who.user_id, what, *settings, until(settings->query_timeout_ms), cached);
    auto const took =
        std::chrono::duration_cast<std::chrono::microseconds>(std::chrono::steady_clock::now() - clock);
    count(*body, took);
    auto made = record_of(by, what, of.id_, *body, cached, began, took);
    if (may_follow && body->failure && is_wrong(*body->failure)) {
        of.failed_ = std::move(made);
        co_return *body->failure;
    }
    if (auto ok = of.keep(made); !ok) co_return ok.error();
    if (body->failure) co_return *body->failure;
    co_return answer{of.id_, std::move(body), cached, took};
}

result<void> service::settle(admission& of) {
    auto const failed = std::exchange(of.failed_, std::nullopt);
    return failed ? of.keep(*failed) : result<void>{};
}

record service::record_of(asker const& by, request const& what, uuid id, outcome const& body, bool cached,
                          instant began, std::chrono::microseconds took) const {
    record r;
    r.id = id;
    r.user_id = by.who.user_id;
    r.email = by.who.email;
    r.conversation_id = what.conversation_id;
    r.target = "default";
    r.action = what.action;
    r.question = what.question;
    r.sql = what.what.text;
    r.params = params_json(what.what);
    r.generator = what.generator;
    r.status = status_of(body);
    if (body.failure) r.error = body.failure->message;
    r.result_count = std::int64_t(body.rows);
    r.duration_us = took.count();
    r.truncated = body.truncated;
    r.cached = cached;
    r.target_version = body.target_version.empty() ? shared_.target.status().version : body.target_version;
    r.created_at = began;
    r.executed_at = began + took;
    r.request_id = by.request_id;
    r.ip = by.ip;
    return r;
}

void service::count(outcome const& body, std::chrono::microseconds took) {
    switch (status_of(body)) {
        case status::success:
            counters_.succeeded.add();
            break;
        case status::refused:
            counters_.refused.add();
            break;
        case status::timeout:
            counters_.timed_out.add();
            break;
        case status::cancelled:
            counters_.cancelled.add();
            break;
        default:
            counters_.failed.add();
            break;
    }
    counters_.rows.add(body.rows);
    if (body.truncated) counters_.truncated.add();
    counters_.durations.add(took);
}

namespace {

result<void> unchanged(std::string const& wanted, std::string const& version) {
    if (wanted.empty() || wanted == version) return {};
    return error{errc::conflict,
                 public_text{"the data has changed since this query ran; add ?latest=true to run it on the "
                             "current data"}}
        .with_type("target-changed");
}

}  // namespace

awaitable<result<service::exported>> service::open_export(asker const& by, export_request const& what) {
    auto const settings = shared_.settings.get();
    // A target that is closed has no version; open() then says why.
    if (auto const is = shared_.target.status(); is.ready)
        if (auto ok = unchanged(what.target_version, is.version); !ok) co_return ok.error();
    if (auto ok = co_await limit_rate(by.who.user_id, settings->query_rate_per_minute); !ok)
        co_return ok.error();
    auto entry =
        shared_.running.add(new_id(), by.who.user_id, what.stop, settings->query_concurrency_per_user);
    if (!entry) co_return entry.error();
    auto opened =
        co_await shared_.target.open(what.what, {.format = what.format,
                                                 .limits = {.max_rows = settings->export_max_rows,
                                                            .max_bytes = 0,
                                                            .neutralise_formulas = what.neutralise_formulas},
                                                 .until = until(settings->export_timeout_ms),
                                                 .whole = false,
                                                 .stop = what.stop,
                                                 .by = by.who.user_id});
    if (!opened) co_return opened.error();
    // New data may have come between the first look and the opening.
    if (auto ok = unchanged(what.target_version, opened->target_version); !ok) co_return ok.error();
    co_return exported{std::move(*opened), std::move(*entry)};
}

awaitable<result<service::exported>> service::export_rows(asker by, export_request what) {
    auto opened = co_await open_export(by, what);
    audit::entry told{.user_id = by.who.user_id,
                      .email = by.who.email,
                      .action = "query.export",
                      .resource = "queries/" + to_string(what.query_id),
                      .request_id = by.request_id,
                      .ip = by.ip,
                      .status = "success"};
    if (!opened) {
        told.status = opened.error().code == errc::query_refused ? "denied" : "failure";
        told.changes = {{"error", to_string(opened.error().code)}};
    }
    auto const noted = records_.append(audit_only(std::move(told)));
    if (!opened) co_return opened.error();
    if (!noted) co_return noted.error();
    co_return std::move(*opened);
}

}  // namespace vanna::query
