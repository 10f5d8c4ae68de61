// The memory of one request being served: what is read, parsed and written. Taken from the worker's pool
// when bytes arrive and given back when the connection falls idle, so that idle connections cost next to
// nothing.
#pragma once
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "server/http/request_parser.hpp"

namespace vanna::http {

struct exchange {
    http::request request;
    std::optional<request_parser> parser;
    std::string in;  // read and not parsed: [parsed, filled)
    std::size_t parsed = 0, filled = 0;
    std::string out;

    std::string_view unparsed() const { return std::string_view(in).substr(parsed, filled - parsed); }
    request_parser::progress feed();
    // Room for at least `least` more bytes after `filled`.
    void make_room(std::size_t least);
};

class exchange_pool {
  public:
    std::unique_ptr<exchange> take();
    void give_back(std::unique_ptr<exchange> done);

  private:
    std::vector<std::unique_ptr<exchange>> free_;
};

}  // namespace vanna::http
