// The words of a SQL statement as SQLite's tokenizer sees them (https://www.sqlite.org/lang.html): where the
// guard finds verbs and positions. It decides nothing: the engine's own parser and authorizer stand behind
// it.
#pragma once
#include <cstddef>
#include <string>
#include <string_view>

namespace vanna::sql {

enum class token_kind { word, quoted_name, text, number, parameter, semicolon, other, end };

struct token {
    token_kind kind = token_kind::end;
    std::string_view text;   // a view into the statement, quotes included
    std::size_t offset = 0;  // of its first byte
};

class lexer {
  public:
    // `sql` must outlive the lexer and its tokens.
    explicit lexer(std::string_view sql) : sql_(sql) {}
    // The next token, comments and white space skipped; `end` for ever at the end.
    token next();

  private:
    void skip_blanks();
    std::size_t quoted(std::size_t from, char closing) const;

    std::string_view sql_;
    std::size_t at_ = 0;
};

// Equal but for the case of ASCII letters. `lower` must be lower-case.
bool equals_keyword(std::string_view text, std::string_view lower);
std::string lower_ascii(std::string_view text);
// A name as the engine knows it: quotes removed, doubled ones halved.
std::string unquoted(token const& t);

}  // namespace vanna::sql
