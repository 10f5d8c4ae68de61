#include "core/sql/writers.hpp"

#include <algorithm>
#include <charconv>
#include <set>

namespace vanna::sql {
namespace {

constexpr std::int64_t exact = (std::int64_t(1) << 53) - 1;

void put_integer(text_buffer& out, std::int64_t v) {
    char* const at = out.claim(20);
    out.commit(std::to_chars(at, at + 20, v).ptr);
}

// Whether a double holds a decimal number digit by digit, as all do of up to 15 that matter, or the integers
// that integer() writes as such.
bool is_exact_number(std::string_view digits) {
    if (digits.find_first_not_of("-.0123456789") != digits.npos) return false;
    if (digits.find('.') == digits.npos) {
        std::int64_t v = 0;
        auto const [end, ec] = std::from_chars(digits.data(), digits.data() + digits.size(), v);
        return ec == std::errc{} && end == digits.data() + digits.size() && v <= exact && v >= -exact;
    }
    auto const first = std::min(digits.find_first_of("123456789"), digits.size());
    auto const last = digits.find_last_not_of('0');
    auto const counted = digits.substr(first, last == digits.npos || last < first ? 0 : last - first + 1);
    return counted.size() - std::size_t(std::ranges::count(counted, '.')) <= 15;
}

}  // namespace

row_shape::row_shape(std::vector<column> const& columns) {
    std::set<std::string, std::less<>> taken;
    for (auto const& c : columns)
        taken.insert(c.name);
    std::set<std::string, std::less<>> used;
    for (auto const& c : columns) {
        names.push_back(c.name);
        auto key = c.name;
        for (int n = 2; used.contains(key); ++n)
            if (auto next = c.name + "_" + std::to_string(n); !taken.contains(next)) key = std::move(next);
        used.insert(key);
        text_buffer text;
        repaired |= put_json_text(text, key);
        text.put(':');
        keys.push_back(text.take());
    }
}

row_writer::row_writer(row_format format, bool neutralise_formulas, std::shared_ptr<row_shape const> shape)
    : shape_(std::move(shape)),
      format_(format),
      neutralise_(neutralise_formulas),
      invalid_utf8_(shape_->repaired) {
    if (format_ != row_format::csv) return;
    for (auto const& name : shape_->names) {
        if (column_++ > 0) out_.put(',');
        put_csv_text(out_, name, neutralise_);
    }
    out_.put("\r\n");
}

void row_writer::begin_row(std::size_t most) {
    column_ = 0;
    out_.keep_within(most);
    if (format_ == row_format::json) {
        if (rows_ > 0) out_.put(',');
        out_.put('[');
    } else if (format_ == row_format::ndjson) {
        out_.put('{');
    }
}

void row_writer::end_row() {
    ++rows_;
    if (format_ == row_format::json)
        out_.put(']');
    else
        out_.put(format_ == row_format::csv ? "\r\n" : "}\n");
}

void row_writer::drop_row(std::size_t size) {
    out_.cut(size);
    --rows_;
}

void row_writer::cell() {
    if (column_ > 0) out_.put(',');
    if (format_ == row_format::ndjson) out_.put(shape_->keys[column_]);
    ++column_;
}

void row_writer::null() {
    cell();
    if (format_ != row_format::csv)
        out_.put("null");
    else if (shape_->names.size() == 1)
        out_.put("\"\"");  // readers skip an empty line: a lost row is worse than a null read as empty
}

void row_writer::integer(std::int64_t v) {
    cell();
    bool const quoted = format_ != row_format::csv && (v > exact || v < -exact);
    if (quoted) out_.put('"');
    put_integer(out_, v);
    if (quoted) out_.put('"');
}

void row_writer::real(double v) {
    cell();
    bool const quoted = format_ != row_format::csv && !(v - v == 0);  // NaN and infinities
    if (quoted) out_.put('"');
    put_real(out_, v);
    if (quoted) out_.put('"');
}

void row_writer::boolean(bool v) {
    cell();
    out_.put(v ? "true" : "false");
}

void row_writer::decimal(std::string_view digits) {
    cell();
    bool const quoted = format_ != row_format::csv && !is_exact_number(digits);
    if (quoted) out_.put('"');
    out_.put(digits);
    if (quoted) out_.put('"');
}

void row_writer::text(std::string_view v) {
    cell();
    invalid_utf8_ |= format_ == row_format::csv ? put_csv_text(out_, v, neutralise_) : put_json_text(out_, v);
}

void row_writer::blob(std::string_view bytes) {
    cell();
    if (format_ != row_format::csv)
        out_.put('"');
    else if (neutralise_ && !bytes.empty() && static_cast<unsigned char>(bytes[0]) >> 2 == 62)
        out_.put('\'');  // its first base64 digit is a +
    put_base64(out_, bytes);
    if (format_ != row_format::csv) out_.put('"');
}

}  // namespace vanna::sql
