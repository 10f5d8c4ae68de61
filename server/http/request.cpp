#include "server/http/request.hpp"

#include "server/http/disconnects.hpp"

namespace vanna::http {

std::string_view request::query_string() const {
    auto const all = target();
    return path_size_ < all.size() ? all.substr(path_size_ + 1) : std::string_view();
}

std::string_view request::header(std::string_view lower_name) const {
    for (auto const& f : fields_)
        if (f.name.size == lower_name.size() && view(f.name) == lower_name) return view(f.value);
    return {};
}

bool request::has_header(std::string_view lower_name) const {
    return count_headers(lower_name) != 0;
}

std::size_t request::count_headers(std::string_view lower_name) const {
    std::size_t n = 0;
    for (auto const& f : fields_)
        n += f.name.size == lower_name.size() && view(f.name) == lower_name;
    return n;
}

std::string request::header_list(std::string_view lower_name) const {
    std::string out;
    for (auto const& f : fields_)
        if (view(f.name) == lower_name) (out += out.empty() ? "" : ", ") += view(f.value);
    return out;
}

std::string_view request::parameter(std::string_view name) const {
    for (auto const& [given, value] : parameters_)
        if (given == name) return value;
    return {};
}

std::optional<std::string_view> request::query(std::string_view name) const {
    for (auto const& [given, value] : query_)
        if (given == name) return value;
    return {};
}

void request::on_disconnect(std::shared_ptr<sql::stop_flag> flag) {
    flags_.push_back(std::move(flag));
    if (watcher_) watcher_->add(*this);
}

void request::clear() {
    if (watcher_ && !flags_.empty()) watcher_->remove(*this);
    flags_.clear();
    method = http::method::get;
    version = 11;
    body.clear();
    route = nullptr;
    principal = nullptr;
    principal_.reset();
    text_.clear();
    fields_.clear();
    target_ = {};
    path_size_ = 0;
    query_.clear();
    for (auto& [name, value] : parameters_)
        name = {}, value.clear();
    id_.clear();
}

request::span request::keep(std::string_view text) {
    span const kept{std::uint32_t(text_.size()), std::uint32_t(text.size())};
    text_.append(text);
    return kept;
}

void request::set_target(std::string_view target) {
    if (auto const scheme = target.find("://"); !target.starts_with('/') && scheme != target.npos) {
        auto const path = target.find_first_of("/?", scheme + 3);
        target = path == target.npos ? "/" : target.substr(path);
    }
    target = target.substr(0, target.find('#'));
    if (target.starts_with('?')) {
        target_ = keep("/");
        target_.size += keep(target).size;
    } else {
        target_ = keep(target);
    }
    path_size_ = std::min(this->target().find('?'), this->target().size());
}

void request::add_header(std::string_view name, std::string_view value) {
    auto const kept = keep(name);
    for (std::size_t i = kept.begin; i < text_.size(); ++i)
        if (text_[i] >= 'A' && text_[i] <= 'Z') text_[i] = char(text_[i] + 32);
    fields_.push_back({kept, keep(value)});
}

bool request::parse_query_string() {
    auto const text = query_string();
    if (text.empty()) return true;
    auto parsed = parse_query(text);
    if (parsed) query_ = std::move(*parsed);
    return parsed.has_value();
}

void request::set_parameter(std::size_t index, std::string_view name, std::string value) {
    parameters_[index] = {name, std::move(value)};
}

}  // namespace vanna::http
