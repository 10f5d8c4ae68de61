#include "jobs/archive/sealed_value.hpp"
#include "server/api/body.hpp"
#include "server/api/handlers.hpp"
#include "server/api/reply.hpp"
#include "server/api/views.hpp"

namespace vanna::api {
namespace {

// A setting that may live in a row; conflict when the environment or the command line has the last word on
// it.
result<config::definition const*> writable(context& c, std::string_view key) {
    auto const* d = config::find(key);
    if (!d) return error{errc::not_found, public_text{"there is no setting " + std::string(key)}};
    if (!d->live)
        return error{errc::conflict, public_text{std::string(key) +
                                                 " is read at start only; set it in the environment or the "
                                                 "env file and restart"}};
    auto const loaded = c.loaded.get();
    auto const where = loaded->origins.find(d->name);
    if (where != loaded->origins.end() &&
        (where->second == config::origin::environment || where->second == config::origin::command_line))
        return error{errc::conflict,
                     public_text{std::string(key) + " is fixed by the " +
                                 std::string(config::to_string(where->second)) + "; change it there"}};
    return d;
}

// Secret values are sealed. conflict: there is nothing to seal them with.
result<std::string> as_stored(context& c, config::definition const& d, std::string const& value) {
    if (!d.secret) return value;
    auto const keys = jobs::archive::keys_from(*c.settings.get());
    if (!keys.configuration)
        return error{
            errc::conflict,
            public_text{std::string(d.name) +
                        " is secret and cannot be stored while ENCRYPTION_KEY is empty; set that, or "
                        "give " +
                        std::string(d.name) + " in the environment"}};
    return jobs::archive::seal_value(*keys.configuration, d.name, value);
}

boost::json::object entry_view(config::loaded const& l, config::definition const& d) {
    auto const where = l.origins.find(d.name);
    return {
        {"key", d.name},
        {"value", config::show(l.values, d)},
        {"description", d.help},
        {"live", d.live},
        {"is_secret", d.secret},
        {"origin", config::to_string(where == l.origins.end() ? config::origin::built_in : where->second)}};
}

}  // namespace

awaitable<reply> list_configurations(context& c, http::request& r) {
    auto const loaded = c.loaded.get();
    boost::json::array items;
    for (auto const& d : config::definitions())
        items.push_back(entry_view(*loaded, d));
    note(c, entry_of(r, "configurations.list", "configurations", "success"));
    co_return json_reply(200, boost::json::object{{"items", std::move(items)}, {"next_cursor", nullptr}});
}

awaitable<reply> get_configuration(context& c, http::request& r) {
    auto const* d = config::find(r.parameter("key"));
    if (!d)
        co_return error{errc::not_found,
                        public_text{"there is no setting " + std::string(r.parameter("key"))}};
    note(c, entry_of(r, "configurations.read", "configurations/" + std::string(d->name), "success"));
    co_return json_reply(200, entry_view(*c.loaded.get(), *d));
}

awaitable<reply> put_configuration(context& c, http::request& r) {
    auto const d = writable(c, r.parameter("key"));
    if (!d) co_return d.error();
    auto body = body_reader::parse(r.body);
    if (!body) co_return body.error();
    auto const* raw = body->raw("value");
    std::string value;
    if (!raw)
        body->wrong("value", "is required");
    else
        value = raw->is_string() ? std::string(raw->get_string()) : boost::json::serialize(*raw);
    auto const description = body->optional_text("description", 0, 1000).value_or(std::string((*d)->help));
    if (raw)
        if (auto const wrong = config::check(**d, value)) body->wrong("value", *wrong);
    if (auto ok = body->done(); !ok) co_return ok.error();
    auto const before = config::show(c.settings.get().operator*(), **d);
    auto const stored = as_stored(c, **d, value);
    if (!stored) co_return stored.error();
    co_return co_await audited(c, r, "configurations.update", "configurations/" + std::string((*d)->name),
                               {{"from", before}, {"to", (*d)->secret ? "***" : value}},
                               [&]() -> awaitable<reply> {
                                   replica::configuration_row row{.key = std::string((*d)->name),
                                                                  .value = *stored,
                                                                  .description = description,
                                                                  .is_secret = (*d)->secret,
                                                                  .updated_at = now()};
                                   if (auto ok = co_await c.replicas.put_configuration(row, r.limit); !ok)
                                       co_return ok.error();
                                   co_return json_reply(200, view(row));
                               });
}

awaitable<reply> delete_configuration(context& c, http::request& r) {
    auto const d = writable(c, r.parameter("key"));
    if (!d) co_return d.error();
    if (auto ok = confirmed(r); !ok) co_return ok.error();
    co_return co_await audited(
        c, r, "configurations.delete", "configurations/" + std::string((*d)->name), nullptr,
        [&]() -> awaitable<reply> {
            if (auto ok = co_await c.replicas.remove_configuration(std::string((*d)->name), r.limit); !ok)
                co_return ok.error();
            co_return http::no_content();
        });
}

}  // namespace vanna::api
