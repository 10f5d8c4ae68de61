#include "core/ask/local_generator.hpp"

#include "core/sql/target.hpp"

namespace vanna::ask {
namespace {

// What the pool thread works on while the asker may be gone; hits and notes stay behind.
context own_part(context const& of) {
    context out;
    out.question = of.question;
    out.earlier = of.earlier;
    out.schema = of.schema;
    out.terms = of.terms;
    out.examples = of.examples;
    out.today = of.today;
    out.dialect = of.dialect;
    out.stop = of.stop;
    return out;
}

class pooled : public generator {
  public:
    pooled(work_pool* pool, std::shared_ptr<local_generator const> by) : pool_(pool), by_(std::move(by)) {}
    std::string_view name() const override { return by_->name(); }

    awaitable<result<generated>> generate(context const& what, deadline limit) override {
        if (!pool_) co_return by_->answer(what, limit);
        auto work = [by = by_, own = own_part(what), limit]() -> result<generated> {
            if (auto gone = given_up(own, limit)) return std::move(*gone);
            return by->answer(own, limit);
        };
        co_return co_await offload(*pool_, std::move(work));
    }

    awaitable<result<generated>> repair(context const&, std::string, std::string, deadline) override {
        co_return by_->nothing_better();
    }

  private:
    work_pool* pool_;
    std::shared_ptr<local_generator const> by_;
};

}  // namespace

std::optional<error> given_up(context const& what, deadline limit) {
    if (what.stop && what.stop->why() != sql::stop_reason::none)
        return error{errc::cancelled, public_text{"the question was cancelled"}};
    if (std::chrono::steady_clock::now() >= limit)
        return error{errc::deadline_exceeded, public_text{"the question took longer than allowed"}};
    return {};
}

std::unique_ptr<generator> run_on(work_pool* pool, std::shared_ptr<local_generator const> by) {
    return std::make_unique<pooled>(pool, std::move(by));
}

}  // namespace vanna::ask
