// The embedder that the settings name. Everybody who embeds asks here, so that questions, trainings and the
// command line live in one vector space.
#pragma once
#include "config/settings.hpp"
#include "core/ask/embedder.hpp"

namespace vanna::ask {

// For this executor's thread only. Its settings have been checked.
std::unique_ptr<embedder> create_embedder(config::settings const& s, asio::any_io_executor executor);

// Whether sample values of the data may reach it: a remote one only with LLM_SEND_SAMPLES.
bool may_embed_values(config::settings const& s);

}  // namespace vanna::ask
