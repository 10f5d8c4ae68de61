// Brings batches of spooled records into the store, and finds the record that the store refuses, so that it
// cannot hold up the others: the batch is halved until it stands alone, then it is put aside in a file. Used
// by a worker's trail and by the adoption of dead processes' spools.
#pragma once
#include <functional>

#include "core/query/record.hpp"

namespace vanna::query {

class committer {
  public:
    // `rejected_path`: the file that refused records are appended to. While `must_wait` says so nothing is
    // brought into the store.
    committer(store& to, std::string rejected_path, std::function<bool()> must_wait = {})
        : store_(to), rejected_path_(std::move(rejected_path)), must_wait_(std::move(must_wait)) {}

    // Success: every record is in the store or put aside. Otherwise nothing is known of any of them: give the
    // same batch again later, the store recognises those it has.
    awaitable<result<void>> commit(std::vector<record> const& batch);
    // Bytes of the spool that hold no record we can read.
    void put_aside_unreadable(std::string_view bytes);

    std::uint64_t committed() const { return committed_; }
    std::uint64_t rejected() const { return rejected_; }

  private:
    struct suspect {
        record const* which;
        vanna::error why;
    };
    void put_aside(suspect const& s);

    store& store_;
    std::string rejected_path_;
    std::function<bool()> must_wait_;
    std::uint64_t committed_ = 0, rejected_ = 0;
    unsigned fruitless_ = 0;  // passes in a row in which the store took nothing
};

}  // namespace vanna::query
