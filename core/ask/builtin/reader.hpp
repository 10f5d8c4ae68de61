// Reads a row of items from left to right into a frame. A list of small rules, tried in order at each place;
// a rule either takes what it understands and moves on, or leaves it to the next. What no rule takes is noted
// as not linked.
#pragma once
#include <initializer_list>
#include <optional>
#include <string>
#include <vector>

#include "core/ask/builtin/frame.hpp"

namespace vanna::ask::builtin {

class reader {
  public:
    reader(std::vector<item> row, catalog const& known) : row_(std::move(row)), known_(known) {}
    frame read();

  private:
    enum class reading { none, table, column, value };

    // The row.
    item const* at(std::size_t i) const { return i < row_.size() ? &row_[i] : nullptr; }
    bool cue_at(std::size_t i, cue c) const { return i < row_.size() && row_[i].is(c); }
    bool cue_at(std::size_t i, std::initializer_list<cue> any) const;
    bool kind_at(std::size_t i, item::kind k) const { return i < row_.size() && row_[i].what == k; }
    reading reading_at(std::size_t i) const;
    bool literal_at(std::size_t i) const;
    bool superlative_at(std::size_t i) const;
    bool comparison_at(std::size_t i) const;
    std::size_t skip(std::size_t i, std::initializer_list<cue> cues) const;
    bool ends_clause(std::size_t i) const;
    bool listed_at(std::size_t i) const;

    // References.
    int refer(std::size_t i, std::initializer_list<candidate::kind> kinds, int owner = -1);
    void prefer_things(reference& made) const;
    int table_reference(std::size_t i);
    int column_reference(std::size_t i);
    int graded_reference(std::size_t i, grading const& g);
    int date_reference(std::size_t i);
    int name_reference(std::size_t i);
    bool numeric_here(std::size_t i) const;
    bool year_here(std::size_t i) const;
    bool comparable_here(std::size_t i) const;
    bool holds(std::size_t column, std::size_t literal) const;
    bool value_of_table(std::size_t table, std::size_t literal) const;
    aggregate measure_at(std::size_t i) const;
    int amount_reference(std::size_t i, std::vector<candidate> const& tables);
    void own_recent(int table);
    void finish_ranking();
    void finish_output();

    // Rules, in reader.cpp and reader_words.cpp.
    bool step();
    bool new_list_rule();
    bool link_rule();
    bool table_word(std::size_t i);
    bool denied_later(std::size_t i) const;
    bool said_again(std::size_t i) const;
    bool column_word(std::size_t i);
    void take_name(std::size_t i);
    bool connective_rule();
    bool question_word_rule();
    // reader_answers.cpp
    bool flag_at(std::size_t i) const;
    bool flag_rule();
    bool degree_question();
    bool count_again(std::size_t i);
    int place_reference();
    bool people_rule();
    // reader_measures.cpp
    bool count_rule();
    bool count_of_value(std::size_t i);
    void read_again(std::size_t from, std::size_t noun);
    std::optional<aggregate> how_at(std::size_t i) const;
    bool aggregate_rule();
    void total_of_rows(std::size_t i);
    bool average_of_shown(std::size_t i);
    bool restricting_aggregate(std::size_t i, std::vector<aggregate> const& hows);
    bool group_rule();
    bool show_group(std::size_t i, bool firm);
    std::optional<date_part> date_part_at(std::size_t i) const;
    // reader_ordering.cpp, reader_ranking.cpp
    bool order_rule();
    bool ordered_as_verb() const;
    bool downwards(std::size_t i, quantity const& by) const;
    bool direction_rule();
    bool top_rule();
    bool by_rule();
    bool superlative_rule();
    bool pending_extreme();
    bool fits_degree(std::size_t column, grading const& g) const;
    int measure_said_after(std::size_t noun);
    bool most_rule(std::size_t i, bool descending);
    bool extreme_rule(std::size_t i, bool descending);
    bool common_rule(std::size_t i, bool descending);
    std::optional<quantity> ranked_quantity(std::size_t& i);
    // reader_conditions.cpp
    bool event_rule();
    bool pattern_rule();
    bool value_rule();
    bool restated_table(std::size_t i, int value);
    bool number_rule();
    bool ranked_after(std::size_t i) const;
    bool period_rule();
    bool text_rule();
    bool negation_rule();
    // reader_comparisons.cpp
    bool comparison_rule();
    test comparison_at_place(std::size_t i) const;
    bool compared_column(std::size_t& i, condition& made, std::size_t said_at);
    bool read_literals(std::size_t& i, test how, condition& made);
    std::optional<literal> literal_of(std::size_t i);
    std::optional<quantity> compared_average(std::size_t& i, int compared);
    void add(condition made);
    void flush_pending();

    std::vector<item> row_;
    catalog const& known_;
    frame frame_;
    std::size_t pos_ = 0;
    int focus_ = -1;            // the table columns belong to now
    bool restricting_ = false;  // after "whose", "with", "that have": columns are conditions, not output
    bool having_ = false;       // right after "have"
    bool negated_ = false;      // "not", waiting for what it denies
    bool either_ = false;       // "or" before the next condition
    bool sorting_ = false;      // "sort" began the question: "by" says the order
    int both_ = 0;              // conditions still to come after "both"
    int scope_ = -1;            // the negative presence whose conditions are being read
    int pending_ = -1;          // a column waiting for what it is compared with
    aggregate pending_how_ = aggregate::none;  // "whose average age": what of it
    cue asked_ = cue::none;                    // how much, how long, where, when: of what is left to find
    std::optional<long> top_;                  // "top 5", "3 youngest": rows to keep
    bool top_descending_ = true;
    bool ranked_by_ = false;         // "top" was given its measure
    std::optional<bool> direction_;  // said before what is ordered
    std::vector<int> recent_;        // columns that the next "of TABLE" owns
};

}  // namespace vanna::ask::builtin
