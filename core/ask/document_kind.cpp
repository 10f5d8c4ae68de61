#include "core/ask/ports.hpp"

namespace vanna::ask {

std::string_view to_string(document_kind kind) {
    switch (kind) {
        case document_kind::ddl:
            return "ddl";
        case document_kind::documentation:
            return "documentation";
        case document_kind::term:
            return "term";
        case document_kind::example:
            return "example";
        case document_kind::values:
            return "values";
    }
    return "documentation";
}

}  // namespace vanna::ask
