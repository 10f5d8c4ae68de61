// Whether the role that the target is read through may do harm: looked at before the first statement, and
// with every refresh.
#pragma once
#include "db/postgres/target/link.hpp"

namespace vanna::pg_target {

// conflict of type "target-refused", with what to do: a superuser, a member of a role that reads or writes
// the server's files or ends others' sessions, one that may write any table, or a System DB (`is_demo`: the
// demo schema of one is what is wanted).
result<void> check_role(link& on, bool is_demo, watch const& until);

}  // namespace vanna::pg_target
