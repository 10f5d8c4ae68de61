// Terms and pairs in memory, counting how often they are read; no more than asking needs.
#pragma once
#include "core/ask/ports.hpp"

namespace vanna::test {

struct fake_knowledge : ask::knowledge_store {
    std::vector<ask::term> stored_terms;
    std::vector<ask::example> stored_examples;
    std::string version = "1";
    int looks = 0, reads = 0;
    bool away = false;
    std::string taken_question;                // by another approved pair
    std::shared_ptr<asio::steady_timer> gate;  // when set, terms() waits for its cancel() after reading

    static error gone() { return {errc::unavailable, public_text{"PostgreSQL is away"}}; }
    awaitable<result<std::string>> fingerprint(deadline) override {
        ++looks;
        if (away) co_return gone();
        co_return version;
    }
    awaitable<result<std::vector<ask::term>>> terms(deadline) override {
        ++reads;
        auto const seen = stored_terms;
        if (auto const held = gate) co_await held->async_wait(asio::as_tuple(asio::use_awaitable));
        co_return seen;
    }
    awaitable<result<std::vector<ask::example>>> examples(std::string, deadline) override {
        co_return stored_examples;
    }
    awaitable<result<page<ask::term>>> list_terms(page_request, deadline) override { co_return gone(); }
    awaitable<result<page<ask::example>>> list_examples(std::string, page_request, deadline) override {
        co_return gone();
    }
    awaitable<result<ask::term>> term_by_id(uuid, deadline) override { co_return gone(); }
    awaitable<result<ask::term>> add_term(ask::term, deadline) override { co_return gone(); }
    awaitable<result<ask::term>> update_term(ask::term, deadline) override { co_return gone(); }
    awaitable<result<void>> remove_term(uuid, deadline) override { co_return gone(); }
    awaitable<result<ask::example>> example_by_id(uuid, deadline) override { co_return gone(); }
    awaitable<result<ask::example>> add_example(ask::example, deadline) override { co_return gone(); }
    awaitable<result<std::optional<ask::example>>> known_example(std::string, std::string,
                                                                 deadline) override {
        co_return gone();
    }
    awaitable<result<ask::example>> decide_example(uuid, bool, std::string, ask::seen_pair,
                                                   deadline) override {
        co_return gone();
    }
    awaitable<result<std::vector<ask::example>>> unchecked_examples(std::string seen_with, std::size_t most,
                                                                    deadline) override {
        if (away) co_return gone();
        std::vector<ask::example> out;
        for (auto const& e : stored_examples)
            if ((e.state == "approved" || e.state == "stale") && e.checked_version != seen_with &&
                out.size() < most)
                out.push_back(e);
        co_return out;
    }
    awaitable<result<bool>> save_check(ask::example checked, deadline) override {
        if (away) co_return gone();
        for (auto& e : stored_examples)
            if (e.id == checked.id) {
                if (e.question == taken_question && checked.state == "approved")
                    co_return error{errc::conflict, public_text{"taken"}};
                e = checked;
                co_return true;
            }
        co_return false;
    }
    awaitable<result<void>> remove_example(uuid, deadline) override { co_return gone(); }
};

}  // namespace vanna::test
