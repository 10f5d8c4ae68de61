#include "db/postgres/address.hpp"

#include <libpq-fe.h>

#include <boost/asio/ip/tcp.hpp>
#include <charconv>
#include <memory>

#include "db/postgres/sqlstate.hpp"

namespace vanna::postgres {
namespace {

std::vector<std::string> split(std::string const& list) {
    std::vector<std::string> out;
    for (std::size_t from = 0;;) {
        auto const comma = list.find(',', from);
        out.push_back(list.substr(from, comma - from));
        if (comma == list.npos) return out;
        from = comma + 1;
    }
}

bool is_port(std::string const& text) {
    unsigned number = 0;
    auto const [end, ec] = std::from_chars(text.data(), text.data() + text.size(), number);
    return ec == std::errc{} && end == text.data() + text.size() && number > 0 && number < 65536;
}

std::string join(std::vector<std::string> const& parts) {
    std::string out;
    for (auto const& part : parts)
        out.append(&part == &parts.front() ? "" : ",").append(part);
    return out;
}

struct endpoints {  // three lists of the same length, as libpq wants them
    std::vector<std::string> hosts, addresses, ports;
    void add(std::string host, std::string numeric, std::string port) {
        hosts.push_back(std::move(host));
        addresses.push_back(std::move(numeric));
        ports.push_back(std::move(port));
    }
};

awaitable<result<std::vector<std::string>>> look_up(std::string host, std::string port) {
    asio::ip::tcp::resolver resolver(co_await asio::this_coro::executor);
    auto const [failure, entries] =
        co_await resolver.async_resolve(host, port, asio::as_tuple(asio::use_awaitable));
    if (failure) co_return unavailable("cannot resolve " + host + ": " + failure.message());
    std::vector<std::string> out;
    for (auto const& entry : entries)
        out.push_back(entry.endpoint().address().to_string());
    co_return out;
}

}  // namespace

result<address> address::parse(std::string const& url, std::chrono::milliseconds statement_timeout) {
    char* message = nullptr;
    std::unique_ptr<PQconninfoOption, decltype(&PQconninfoFree)> const options(
        PQconninfoParse(url.c_str(), &message), &PQconninfoFree);
    std::unique_ptr<char, decltype(&PQfreemem)> const owned(message, &PQfreemem);
    if (!options)
        return error{errc::invalid_input, public_text{"DATABASE_URL is not a PostgreSQL address"},
                     internal_text{message ? message : "out of memory"}};
    address out;
    for (auto const* option = options.get(); option->keyword; ++option)
        if (option->val) out.given_.emplace_back(option->keyword, option->val);
    for (auto const& port : split(out.get("port")))
        if (!port.empty() && !is_port(port))
            return error{errc::invalid_input, public_text{"DATABASE_URL has the impossible port " + port}};
    if (!out.get("service").empty())
        return error{errc::invalid_input,
                     public_text{"DATABASE_URL names the service \"" + out.get("service") +
                                 "\"; service files are not read: state host, port, user and database"}};
    out.user_ = out.get("user");
    out.database_ = out.get("dbname");
    if (out.database_.empty()) out.database_ = out.user_;
    out.statement_timeout_ = statement_timeout;
    return out;
}

address address::with_statement_timeout(std::chrono::milliseconds limit) const {
    auto out = *this;
    out.statement_timeout_ = limit;
    return out;
}

address address::with_database(std::string name) const {
    auto out = *this;
    out.database_ = std::move(name);
    return out;
}

address address::with_login(std::string user, std::string password) const {
    auto out = *this;
    out.set("user", user);
    out.set("password", std::move(password));
    out.set("passfile", "");
    out.user_ = std::move(user);
    return out;
}

void address::set(std::string_view name, std::string value) {
    std::erase_if(given_, [&](auto const& word) { return word.first == name; });
    if (!value.empty()) given_.emplace_back(name, std::move(value));
}

std::string address::get(std::string_view name) const {
    for (auto const& [key, value] : given_)
        if (key == name) return value;
    return {};
}

std::string address::display() const {
    auto const host = get("host"), port = get("port");
    return (host.empty() ? "localhost" : host) + ":" + (port.empty() ? "5432" : port) + "/" + database_;
}

// The host, hostaddr and port words; unavailable when no name resolves.
awaitable<result<connect_words>> address::resolve_hosts(deadline limit) const {
    endpoints found;
    auto const hosts = split(get("host").empty() ? "localhost" : get("host"));
    auto const ports = split(get("port").empty() ? "5432" : get("port"));
    std::string problem;
    for (std::size_t i = 0; i < hosts.size(); ++i) {
        auto port = i < ports.size() ? ports[i] : ports.back();
        if (port.empty()) port = "5432";
        boost::system::error_code not_numeric;
        asio::ip::make_address(hosts[i], not_numeric);
        if (hosts[i].starts_with('/') || !not_numeric) {
            found.add(hosts[i], not_numeric ? "" : hosts[i], port);
            continue;
        }
        auto const numeric = co_await with_deadline(look_up(hosts[i], port), limit);
        if (!numeric) problem = numeric.error().detail;
        if (numeric)
            for (auto const& ip : *numeric)
                found.add(hosts[i], ip, port);
    }
    if (found.hosts.empty()) co_return unavailable(problem);
    co_return connect_words{
        {"host", join(found.hosts)}, {"hostaddr", join(found.addresses)}, {"port", join(found.ports)}};
}

awaitable<result<connect_words>> address::resolve(deadline limit) const {
    connect_words out;
    auto const add_unless_given = [&](char const* name, char const* value) {
        if (get(name).empty()) out.emplace_back(name, value);
    };
    bool const is_resolved = !get("hostaddr").empty();
    if (!is_resolved) {
        auto hosts = co_await resolve_hosts(limit);
        if (!hosts) co_return hosts.error();
        out = std::move(*hosts);
    }
    for (auto const& [key, value] : given_)
        if (key != "dbname" && key != "options" && (is_resolved || (key != "host" && key != "port")))
            out.emplace_back(key, value);
    out.emplace_back("dbname", database_);
    out.emplace_back("application_name", "vanna-engine");
    out.emplace_back("client_encoding", "UTF8");
    add_unless_given("gssencmode", "disable");
    add_unless_given("keepalives_idle", "30");
    add_unless_given("tcp_user_timeout", "15000");
    out.emplace_back("options", get("options") +
                                    " -c timezone=UTC -c datestyle=ISO -c bytea_output=hex -c jit=off" +
                                    " -c statement_timeout=" + std::to_string(statement_timeout_.count()));
    co_return out;
}

}  // namespace vanna::postgres
