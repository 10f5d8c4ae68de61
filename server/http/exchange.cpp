#include "server/http/exchange.hpp"

namespace vanna::http {
namespace {

constexpr std::size_t most_free = 256;
constexpr std::size_t most_kept = 64 * 1024;

void shrink(std::string& text) {
    if (text.capacity() > most_kept) std::string().swap(text);
}

}  // namespace

request_parser::progress exchange::feed() {
    auto bytes = unparsed();
    auto const before = bytes.size();
    auto const now = parser->feed(bytes);
    parsed += before - bytes.size();
    if (parsed == filled) parsed = filled = 0;
    return now;
}

void exchange::make_room(std::size_t least) {
    if (in.size() - filled >= least) return;
    if (parsed) {
        in.erase(0, parsed);
        filled -= parsed;
        parsed = 0;
    }
    if (in.size() - filled < least) in.resize(std::max(filled + least, in.capacity()));
}

std::unique_ptr<exchange> exchange_pool::take() {
    if (free_.empty()) return std::make_unique<exchange>();
    auto taken = std::move(free_.back());
    free_.pop_back();
    return taken;
}

void exchange_pool::give_back(std::unique_ptr<exchange> done) {
    if (!done) return;
    done->request.clear();  // also when it is not kept: it may be watched
    if (free_.size() >= most_free) return;
    done->parser.reset();
    done->parsed = done->filled = 0;
    done->out.clear();
    shrink(done->in);
    shrink(done->out);
    shrink(done->request.body);
    free_.push_back(std::move(done));
}

}  // namespace vanna::http
