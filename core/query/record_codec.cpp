#include "core/query/record_codec.hpp"

#include <bit>
#include <cstring>

#include "core/query/crc32c.hpp"

namespace vanna::query {
namespace {

static_assert(std::endian::native == std::endian::little, "the spool's numbers are little-endian");

constexpr std::uint8_t format_version = 1;
enum flag : std::uint8_t {
    is_truncated = 1,
    is_cached = 2,
    only_audit = 4,
    has_audit = 8,
    has_conversation = 16,
    audit_has_user = 32,
};

struct writer {
    std::string& out;
    template <std::integral T>
    void put(T v) {
        char bytes[sizeof v];
        std::memcpy(bytes, &v, sizeof v);
        out.append(bytes, sizeof v);
    }
    void put(uuid const& id) { out.append(reinterpret_cast<char const*>(id.bytes.data()), 16); }
    void put(instant t) { put(std::int64_t(t.time_since_epoch().count())); }
    void put(std::string_view text) {
        put(std::uint32_t(text.size()));
        out.append(text);
    }
};

struct reader {
    std::string_view in;
    bool good = true;
    std::string_view take(std::size_t n) {
        if (n > in.size()) {
            good = false;
            n = 0;
        }
        auto const out = in.substr(0, n);
        in.remove_prefix(n);
        return out;
    }
    template <std::integral T>
    void get(T& v) {
        if (auto const bytes = take(sizeof v); good) std::memcpy(&v, bytes.data(), sizeof v);
    }
    void get(uuid& id) {
        if (auto const bytes = take(16); good) std::memcpy(id.bytes.data(), bytes.data(), 16);
    }
    void get(instant& t) {
        std::int64_t micros = 0;
        get(micros);
        t = instant{std::chrono::microseconds(micros)};
    }
    void get(std::string& text) {
        std::uint32_t size = 0;
        get(size);
        text = take(size);
    }
};

void put_audit(writer& to, audit::entry const& e) {
    to.put(e.id);
    if (e.user_id) to.put(*e.user_id);
    for (std::string_view text :
         {std::string_view(e.email), std::string_view(e.action), std::string_view(e.resource),
          std::string_view(e.request_id), std::string_view(e.ip), std::string_view(e.status)})
        to.put(text);
    to.put(e.timestamp);
    to.put(e.changes.is_null() ? std::string() : boost::json::serialize(e.changes));
}

void get_audit(reader& from, audit::entry& e, bool with_user) {
    from.get(e.id);
    if (with_user) from.get(e.user_id.emplace());
    for (auto* text : {&e.email, &e.action, &e.resource, &e.request_id, &e.ip, &e.status})
        from.get(*text);
    from.get(e.timestamp);
    std::string changes;
    from.get(changes);
    boost::system::error_code ec;
    if (!changes.empty()) e.changes = boost::json::parse(changes, ec);
    if (ec) from.good = false;
}

// Every text of a query, in the order of the format.
template <class Record>
auto texts(Record& r) {
    return std::array{&r.email,     &r.target, &r.action,         &r.question,   &r.sql, &r.params,
                      &r.generator, &r.error,  &r.target_version, &r.request_id, &r.ip};
}

void put_payload(writer& to, record const& r) {
    auto const flags = (r.truncated ? is_truncated : 0) | (r.cached ? is_cached : 0) |
                       (r.is_audit_only ? only_audit : 0) | (r.audit ? has_audit : 0) |
                       (r.conversation_id ? has_conversation : 0) |
                       (r.audit && r.audit->user_id ? audit_has_user : 0);
    to.put(format_version);
    to.put(r.key);
    to.put(std::uint8_t(flags));
    if (!r.is_audit_only) {
        to.put(std::uint8_t(r.status));
        to.put(r.id);
        to.put(r.user_id);
        if (r.conversation_id) to.put(*r.conversation_id);
        to.put(r.result_count);
        to.put(r.duration_us);
        to.put(r.created_at);
        to.put(r.executed_at);
        for (auto const* text : texts(r))
            to.put(std::string_view(*text));
    }
    if (r.audit) put_audit(to, *r.audit);
}

bool get_payload(reader& from, record& r) {
    std::uint8_t version = 0, flags = 0, status = 0;
    from.get(version);
    if (version != format_version) return false;
    from.get(r.key);
    from.get(flags);
    r.truncated = flags & is_truncated;
    r.cached = flags & is_cached;
    r.is_audit_only = flags & only_audit;
    if (!r.is_audit_only) {
        from.get(status);
        from.get(r.id);
        from.get(r.user_id);
        if (flags & has_conversation) from.get(r.conversation_id.emplace());
        from.get(r.result_count);
        from.get(r.duration_us);
        from.get(r.created_at);
        from.get(r.executed_at);
        for (auto* text : texts(r))
            from.get(*text);
        if (status > std::uint8_t(status::refused)) return false;
        r.status = query::status(status);
    }
    if (flags & has_audit) get_audit(from, r.audit.emplace(), flags & audit_has_user);
    return from.good && from.in.empty();
}

std::uint32_t number_at(std::string_view bytes, std::size_t at) {
    std::uint32_t out;
    std::memcpy(&out, bytes.data() + at, 4);
    return out;
}

}  // namespace

void append_frame(std::string& out, record const& r) {
    auto const begin = out.size();
    out.append(frame_header, '\0');
    writer to{out};
    put_payload(to, r);
    auto const payload = std::string_view(out).substr(begin + frame_header);
    std::uint32_t const header[] = {std::uint32_t(payload.size()), crc32c(payload)};
    std::memcpy(out.data() + begin, header, frame_header);
}

std::size_t frame_at(std::string_view bytes) {
    if (bytes.size() < frame_header) return 0;
    std::size_t const size = number_at(bytes, 0);
    if (size == 0 || size > most_frame_bytes || size > bytes.size() - frame_header) return 0;
    return crc32c(bytes.substr(frame_header, size)) == number_at(bytes, 4) ? frame_header + size : 0;
}

std::optional<record> decode_frame(std::string_view frame) {
    reader from{frame.substr(frame_header)};
    record out{.key = {}};
    if (!get_payload(from, out)) return {};
    return out;
}

std::optional<instant> time_of_frame(std::string_view frame) {
    if (frame.size() < frame_header + 17) return {};
    uuid key;
    std::memcpy(key.bytes.data(), frame.data() + frame_header + 1, 16);
    return time_of(key);
}

}  // namespace vanna::query
