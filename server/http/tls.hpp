// The server's TLS: certificate chain and key from two PEM files, TLS 1.2 and later.
#pragma once
#include <boost/asio/ssl/context.hpp>
#include <string>

#include "core/error.hpp"

namespace vanna::http {

// invalid_input: a file cannot be read, is no PEM, or key and certificate do not belong together; `fields`
// name the setting.
result<boost::asio::ssl::context> tls_context(std::string const& cert_file, std::string const& key_file);

}  // namespace vanna::http
