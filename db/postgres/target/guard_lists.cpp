#include <algorithm>
#include <span>

#include "db/postgres/target/guard.hpp"

namespace vanna::pg_target {
namespace {

// Left out on purpose, though they only read: what runs SQL given as text (query_to_xml, ts_stat), waits
// (pg_sleep), tells of the server (current_setting, inet_server_addr), or keeps something (setseed, lo_get).
constexpr std::string_view functions[] = {
    // aggregates and windows
    "any_value array_agg avg bit_and bit_or bit_xor bool_and bool_or corr count covar_pop covar_samp "
    "cume_dist dense_rank every first_value json_agg json_object_agg jsonb_agg jsonb_object_agg lag "
    "last_value lead max min mode nth_value ntile percent_rank percentile_cont percentile_disc "
    "range_agg range_intersect_agg rank regr_avgx regr_avgy regr_count regr_intercept regr_r2 "
    "regr_slope regr_sxx regr_sxy regr_syy row_number stddev stddev_pop stddev_samp string_agg sum "
    "var_pop var_samp variance",
    // numbers
    "abs acos acosd acosh asin asind asinh atan atan2 atan2d atand atanh bit_count cbrt ceil ceiling "
    "cos cosd cosh cot cotd degrees div exp factorial floor gcd lcm ln log log10 min_scale mod pi pow "
    "power radians random round scale sign sin sind sinh sqrt tan tand tanh trim_scale trunc "
    "width_bucket",
    // texts and bytes
    "ascii bit_length btrim char_length character_length chr concat concat_ws convert_from convert_to "
    "decode encode format get_bit get_byte initcap is_normalized left length like_escape lower lpad "
    "ltrim md5 normalize octet_length overlay position quote_ident quote_literal quote_nullable "
    "regexp_count regexp_instr regexp_like regexp_match regexp_matches regexp_replace "
    "regexp_split_to_array regexp_split_to_table regexp_substr repeat replace reverse right rpad "
    "rtrim sha224 sha256 sha384 sha512 similar_to_escape split_part starts_with string_to_array "
    "string_to_table strpos substr substring to_ascii to_hex translate unistr upper",
    // dates and times
    "age clock_timestamp date_add date_bin date_part date_subtract date_trunc extract isfinite "
    "justify_days justify_hours justify_interval make_date make_interval make_time make_timestamp "
    "make_timestamptz now overlaps statement_timestamp timeofday timezone to_char to_date to_number "
    "to_timestamp transaction_timestamp",
    // JSON
    "array_to_json json_array_elements json_array_elements_text json_array_length json_build_array "
    "json_build_object json_each json_each_text json_extract_path json_extract_path_text json_object "
    "json_object_keys json_populate_record json_populate_recordset json_strip_nulls json_to_record "
    "json_to_recordset json_typeof jsonb_array_elements jsonb_array_elements_text jsonb_array_length "
    "jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text jsonb_extract_path "
    "jsonb_extract_path_text jsonb_insert jsonb_object jsonb_object_keys jsonb_path_exists "
    "jsonb_path_exists_tz jsonb_path_match jsonb_path_match_tz jsonb_path_query "
    "jsonb_path_query_array jsonb_path_query_array_tz jsonb_path_query_first "
    "jsonb_path_query_first_tz jsonb_path_query_tz jsonb_populate_record jsonb_populate_recordset "
    "jsonb_pretty jsonb_set jsonb_set_lax jsonb_strip_nulls jsonb_to_record jsonb_to_recordset "
    "jsonb_typeof row_to_json to_json to_jsonb",
    // arrays, sets, ranges
    "array_append array_cat array_dims array_length array_lower array_ndims array_position "
    "array_positions array_prepend array_remove array_replace array_to_string array_upper cardinality "
    "daterange generate_series generate_subscripts int4range int8range isempty lower_inc lower_inf "
    "multirange numrange range_merge trim_array tsrange tstzrange unnest upper_inc upper_inf",
    // text search
    "array_to_tsvector numnode phraseto_tsquery plainto_tsquery querytree setweight strip to_tsquery "
    "to_tsvector ts_delete ts_filter ts_headline ts_rank ts_rank_cd tsvector_to_array "
    "websearch_to_tsquery",
    // addresses and shapes
    "abbrev area box broadcast center circle diameter family height host hostmask inet_merge "
    "inet_same_family isclosed isopen line lseg masklen netmask network npoints path point polygon "
    "radius set_masklen slope width",
    // types as functions, and the rest
    "bool current_database current_schema date enum_first enum_last enum_range float4 float8 "
    "gen_random_uuid int2 int4 int8 interval num_nonnulls num_nulls numeric pg_typeof text time "
    "timestamp timestamptz version",
    // how the grammar's own forms are called: SIMILAR TO, LIKE, COLLATION FOR
    "pg_collation_for similar_escape",
};

constexpr std::string_view nodes[] = {
    "A_ArrayExpr A_Const A_Expr A_Indices A_Indirection A_Star Alias BitString BoolExpr Boolean "
    "BooleanTest CTECycleClause CTESearchClause CaseExpr CaseWhen CoalesceExpr CollateClause "
    "ColumnDef ColumnRef CommonTableExpr Float FuncCall GroupingFunc GroupingSet Integer JoinExpr "
    "List MinMaxExpr NamedArgExpr NullTest ParamRef RangeFunction RangeSubselect RangeTableSample "
    "RangeVar ResTarget RowExpr SQLValueFunction SelectStmt SortBy String SubLink TypeCast TypeName "
    "WindowDef WithClause",
};

// What tells of tables. Left out: options of foreign servers and users, roles, grants, bodies of functions.
constexpr std::string_view views[] = {
    "check_constraints column_domain_usage columns constraint_column_usage constraint_table_usage domains "
    "element_types key_column_usage referential_constraints schemata table_constraints tables views",
};

name_set split(std::span<std::string_view const> texts) {
    name_set out;
    for (auto text : texts)
        while (!text.empty()) {
            auto const end = std::min(text.find(' '), text.size());
            out.emplace(text.substr(0, end));
            text.remove_prefix(std::min(end + 1, text.size()));
        }
    return out;
}

}  // namespace

bool is_allowed_function(std::string_view name) {
    static name_set const allowed = split(functions);
    return allowed.contains(name);
}

bool is_allowed_node(std::string_view kind) {
    static name_set const allowed = split(nodes);
    return allowed.contains(kind);
}

bool is_allowed_view(std::string_view name) {
    static name_set const allowed = split(views);
    return allowed.contains(name);
}

}  // namespace vanna::pg_target
