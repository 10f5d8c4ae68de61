#include <array>
#include <charconv>
#include <cmath>
#include <cstdint>

#include "core/sql/utf8.hpp"
#include "core/sql/writers.hpp"

namespace vanna::sql {
namespace {

// Which bytes JSON and CSV take as they are. Neither holds bytes above 0x7F: those are checked.
struct plain_bytes {
    std::array<bool, 256> json{}, csv{};
    constexpr plain_bytes() {
        for (unsigned c = 0; c < 0x80; ++c) {
            json[c] = c >= 0x20 && c != '"' && c != '\\';
            csv[c] = c != '"' && c != ',' && c != '\r' && c != '\n';
        }
    }
};
constexpr plain_bytes plain;

std::size_t plain_prefix(std::string_view text, std::array<bool, 256> const& table) {
    std::size_t n = 0;
    while (n < text.size() && table[static_cast<unsigned char>(text[n])])
        ++n;
    return n;
}

void put_json_escape(text_buffer& out, unsigned char c) {
    constexpr std::string_view letters = "btn_fr";  // 0x08 to 0x0D; 0x0B has none
    constexpr std::string_view hex = "0123456789abcdef";
    if (c == '"' || c == '\\' || (c >= 0x08 && c <= 0x0D && c != 0x0B)) {
        char* const at = out.claim(2);
        at[0] = '\\';
        at[1] = c < 0x20 ? letters[c - 0x08u] : char(c);
        out.commit(at + 2);
        return;
    }
    out.put("\\u00");
    out.put(hex[c >> 4]);
    out.put(hex[c & 15]);
}

// One character above ASCII, as it is or as U+FFFD; true when it was ill-formed.
bool put_character(text_buffer& out, std::string_view& text) {
    auto const step = next_utf8(text);
    out.put(step.valid ? text.substr(0, step.length) : replacement_character);
    text.remove_prefix(step.length);
    return !step.valid;
}

bool is_formula(std::string_view text) {
    return !text.empty() && std::string_view("=+-@\t\r\n").find(text.front()) != std::string_view::npos;
}

// Amounts and other short decimals: n/100 with less than 16 digits. The division is correctly rounded, so
// "n/100" in decimal reads back as v, and no other decimal that short does.
bool put_hundredths(text_buffer& out, double v) {
    double const scaled = v * 100;
    if (!(std::fabs(scaled) < 1e15)) return false;
    auto const n = std::int64_t(std::llround(scaled));
    if (double(n) / 100 != v || n == 0) return false;
    char* at = out.claim(24);
    auto const absolute = std::uint64_t(n < 0 ? -n : n);
    if (n < 0) *at++ = '-';
    at = std::to_chars(at, at + 20, absolute / 100).ptr;
    auto const cents = unsigned(absolute % 100);
    *at++ = '.';
    *at++ = char('0' + cents / 10);
    if (cents % 10) *at++ = char('0' + cents % 10);
    out.commit(at);
    return true;
}

}  // namespace

void put_real(text_buffer& out, double v) {
    if (std::isnan(v)) return out.put("NaN");
    if (std::isinf(v)) return out.put(v < 0 ? "-Infinity" : "Infinity");
    if (put_hundredths(out, v)) return;
    auto const magnitude = std::fabs(v);
    bool const fixed = v == 0 || (magnitude >= 1e-5 && magnitude < 1e16);
    char* const at = out.claim(40);
    auto const format = fixed ? std::chars_format::fixed : std::chars_format::scientific;
    char* end = std::to_chars(at, at + 38, v, format).ptr;
    if (fixed && std::string_view(at, std::size_t(end - at)).find('.') == std::string_view::npos) {
        *end++ = '.';
        *end++ = '0';
    }
    out.commit(end);
}

bool put_json_text(text_buffer& out, std::string_view text) {
    bool repaired = false;
    out.put('"');
    while (true) {
        auto const n = plain_prefix(text, plain.json);
        out.put(text.substr(0, n));
        text.remove_prefix(n);
        if (text.empty()) break;
        auto const c = static_cast<unsigned char>(text.front());
        if (c < 0x80) {
            put_json_escape(out, c);
            text.remove_prefix(1);
        } else {
            repaired |= put_character(out, text);
        }
    }
    out.put('"');
    return repaired;
}

bool put_csv_text(text_buffer& out, std::string_view text, bool neutralise_formulas) {
    bool const formula = neutralise_formulas && is_formula(text);
    if (!text.empty() && !formula && plain_prefix(text, plain.csv) == text.size()) {
        out.put(text);
        return false;
    }
    bool repaired = false;
    out.put('"');
    if (formula) out.put('\'');
    while (!text.empty()) {
        auto const c = static_cast<unsigned char>(text.front());
        if (c >= 0x80) {
            repaired |= put_character(out, text);
            continue;
        }
        if (c == '"') out.put('"');
        out.put(char(c));
        text.remove_prefix(1);
    }
    out.put('"');
    return repaired;
}

void put_base64(text_buffer& out, std::string_view bytes) {
    constexpr std::string_view digits = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    char* at = out.claim((bytes.size() + 2) / 3 * 4);
    auto const byte = [&](std::size_t i) {
        return i < bytes.size() ? std::uint32_t(static_cast<unsigned char>(bytes[i])) : 0u;
    };
    for (std::size_t i = 0; i < bytes.size(); i += 3) {
        auto const word = byte(i) << 16 | byte(i + 1) << 8 | byte(i + 2);
        *at++ = digits[word >> 18];
        *at++ = digits[word >> 12 & 63];
        *at++ = i + 1 < bytes.size() ? digits[word >> 6 & 63] : '=';
        *at++ = i + 2 < bytes.size() ? digits[word & 63] : '=';
    }
    out.commit(at);
}

}  // namespace vanna::sql
