#include "core/sql/writers.hpp"

#include <charconv>
#include <set>

namespace vanna::sql {
namespace {

constexpr std::int64_t exact = (std::int64_t(1) << 53) - 1;

void put_integer(text_buffer& out, std::int64_t v) {
    char* const at = out.claim(20);
    out.commit(std::to_chars(at, at + 20, v).ptr);
}

// Whether the whole part of a decimal number is one that integer() writes as a number.
bool is_within_exact(std::string_view digits) {
    auto const whole = digits.substr(0, digits.find('.'));
    std::int64_t v = 0;
    auto const [end, ec] = std::from_chars(whole.data(), whole.data() + whole.size(), v);
    return ec == std::errc{} && end == whole.data() + whole.size() && v <= exact && v >= -exact;
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
    bool const quoted = format_ != row_format::csv && !is_within_exact(digits);
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
