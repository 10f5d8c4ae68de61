#include "server/middleware/admission.hpp"

#include "server/http/uri.hpp"
#include "server/middleware/cookies.hpp"

namespace vanna::http {
namespace {

auth::role role_for(access needs) {
    return needs == access::admin     ? auth::role::admin
           : needs == access::analyst ? auth::role::analyst
                                      : auth::role::viewer;
}

response refuse(request& what, authenticator* by, error why) {
    if (by) by->refused(what, why.code);
    return why;
}

// What does not change the System DB, or is meant for then, goes on during maintenance.
std::optional<response> closed(request const& what, authenticator* by) {
    if (!by || is_safe(what.method) || what.route->flags & during_maintenance) return {};
    auto why = by->closed_to_writers();
    if (!why) return {};
    return response(std::move(*why));
}

error missing_token() {
    return {errc::unauthenticated,
            public_text{"this needs a log-in: send an access token as `Authorization: Bearer …`"}};
}

}  // namespace

token token_of(request const& what) {
    constexpr std::string_view scheme = "bearer ";
    auto const value = what.header("authorization");
    if (!value.empty()) {
        if (value.size() <= scheme.size() || !equal_in_any_case(value.substr(0, scheme.size()), scheme))
            return {};
        auto text = value.substr(scheme.size());
        while (text.starts_with(' '))
            text.remove_prefix(1);
        return {text, false};
    }
    auto const cookies = what.header("cookie");
    if (cookies.empty()) return {};
    return {cookie(cookies, session_cookie_name), true};
}

bool same_origin(request const& what) {
    auto origin = what.header("origin");
    if (origin.empty()) return what.header("sec-fetch-site") == "same-origin";
    auto const scheme = origin.find("://");
    if (scheme == origin.npos) return false;
    return equal_in_any_case(origin.substr(scheme + 3), what.header("host"));
}

std::optional<response> admit(request& what, authenticator* by) {
    auto const needs = what.route->needs;
    if (needs == access::open) return closed(what, by);
    auto const given = token_of(what);
    if (given.text.empty() || !by) {
        if (needs == access::known) return {};
        return refuse(what, by, missing_token());
    }
    auto verified = by->verify(given.text);
    if (!verified) {
        if (needs == access::known) return {};
        return refuse(what, by, verified.error());
    }
    if (given.from_cookie && !is_safe(what.method) && !same_origin(what))
        return refuse(what, by,
                      error(errc::forbidden,
                            public_text{"a browser session may only write from this server's own pages"})
                          .with_type("cross-origin"));
    if (needs != access::known && !auth::at_least(verified->role, role_for(needs)))
        return refuse(what, by,
                      {errc::forbidden,
                       public_text{"this needs the role " + std::string(auth::to_string(role_for(needs)))}});
    if (needs == access::admin)
        if (auto ok = by->can_record(); !ok) return response(ok.error());
    if (auto why = closed(what, by)) return why;
    what.set_principal(std::move(*verified));
    return {};
}

}  // namespace vanna::http
