// A database apart on the same server, for rows that came from an archive: a restore loads the dump there, a
// drill counts in it. It belongs to a login role made for it, which owns nothing else and was granted
// nothing: it can connect to other databases (PostgreSQL lets everybody, unless the operator took that from
// PUBLIC) and read or write none of their tables. Whatever an archive's statements do, they do as that role
// and in that database. Rows of it are read as that role too, never as the engine's own.
#pragma once
#include "db/postgres/session.hpp"

namespace vanna::postgres {

struct scratch {
    std::string name;  // of the database and of the role
    address where;     // logs in as the role
};

// The name of the scratch of `id`: known before anything is made, for a journal.
std::string scratch_name(uuid const& id);

// Makes role and database, the latter without any schema: a dump brings its schema "public". `admin`: the
// System DB. conflict with type "role-rights": the engine's role may not make them; the message holds the
// statement that allows it. On failure nothing stays.
awaitable<result<scratch>> make_scratch(address admin, uuid id, deadline limit);

// Ends its sessions and drops database and role; nothing to do is a success. invalid_input: no scratch's
// name.
awaitable<result<void>> drop_scratch(address admin, std::string name, deadline limit);

// The scratches of this System DB that are there, also half-made ones: left behind by processes that were
// killed, unless a restore or a drill is under way.
awaitable<result<std::vector<std::string>>> list_scratches(address admin, deadline limit);

}  // namespace vanna::postgres
