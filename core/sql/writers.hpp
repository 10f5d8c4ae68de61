// Rows written straight into the bytes of a reply as JSON, NDJSON or CSV (RFC 4180). The engines' adapters
// feed them cell by cell; nothing is built in between. What each value becomes is fixed here and nowhere
// else.
//
// JSON and NDJSON: integers beyond ±(2^53-1), NaN and infinities are strings, blobs base64 strings, reals
// always hold a '.' or an 'e'; decimals keep all their digits, and are strings where their whole part
// is beyond that too. CSV: null is empty, an empty text is "". Ill-formed UTF-8 becomes U+FFFD.
#pragma once
#include <cstdint>
#include <memory>
#include <span>

#include "core/sql/text_buffer.hpp"
#include "core/sql/value.hpp"

namespace vanna::sql {

// What a writer needs to know of the columns; made once for a prepared statement and shared.
struct row_shape {
    explicit row_shape(std::vector<column> const& columns);
    std::vector<std::string> names;
    std::vector<std::string> keys;  // NDJSON: "\"name\":", a name met again gets _2, _3 …
    bool repaired = false;          // a name was ill-formed UTF-8
};

class row_writer {
  public:
    row_writer(row_format format, bool neutralise_formulas, std::shared_ptr<row_shape const> shape);

    // The row may take the result to `most` bytes since the last take(); one that would go further is
    // overflowed() and to be dropped.
    void begin_row(std::size_t most = std::size_t(-1));
    bool overflowed() const { return out_.overflowed(); }
    void null();
    void integer(std::int64_t v);
    void real(double v);
    void boolean(bool v);
    // "-12.50", "NaN": an exact decimal number as its database writes it, without exponent.
    void decimal(std::string_view digits);
    void text(std::string_view v);
    void blob(std::string_view bytes);
    void end_row();

    std::size_t size() const { return out_.size(); }
    void reserve(std::size_t bytes) { out_.reserve(bytes); }
    // Forgets the row just ended; `size` as it was before begin_row().
    void drop_row(std::size_t size);
    // The bytes since the last take(): joined, the pieces are the whole result. CSV starts with its header.
    std::string take() { return out_.take(); }
    bool invalid_utf8() const { return invalid_utf8_; }

  private:
    void cell();

    text_buffer out_;
    std::shared_ptr<row_shape const> shape_;
    row_format format_;
    bool neutralise_, invalid_utf8_;
    std::uint64_t rows_ = 0;
    std::size_t column_ = 0;
};

// The shortest text that reads back as the same double, always told from an integer by a '.' or an 'e';
// "NaN", "Infinity", "-Infinity".
void put_real(text_buffer& out, double v);
// A JSON string with its quotes. True when the text was ill-formed and repaired.
bool put_json_text(text_buffer& out, std::string_view text);
// A CSV field, quoted where RFC 4180 wants it. True when repaired.
bool put_csv_text(text_buffer& out, std::string_view text, bool neutralise_formulas);
void put_base64(text_buffer& out, std::string_view bytes);

}  // namespace vanna::sql
