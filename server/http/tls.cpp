#include "server/http/tls.hpp"

namespace vanna::http {

namespace ssl = boost::asio::ssl;

namespace {

error wrong(std::string setting, std::string const& file, std::string const& why) {
    return error(errc::invalid_input, public_text{setting + " " + file + ": " + why})
        .with_field(std::move(setting), "\"" + file + "\" cannot be used: " + why);
}

}  // namespace

result<ssl::context> tls_context(std::string const& cert_file, std::string const& key_file) {
    ssl::context context(ssl::context::tls_server);
    boost::system::error_code ec;
    SSL_CTX_set_min_proto_version(context.native_handle(), TLS1_2_VERSION);
    context.set_options(ssl::context::default_workarounds | ssl::context::no_compression, ec);
    SSL_CTX_set_mode(context.native_handle(), SSL_MODE_RELEASE_BUFFERS);
    context.use_certificate_chain_file(cert_file, ec);
    if (ec) return wrong("TLS_CERT_FILE", cert_file, ec.message());
    context.use_private_key_file(key_file, ssl::context::pem, ec);
    if (ec) return wrong("TLS_KEY_FILE", key_file, ec.message());
    return context;
}

}  // namespace vanna::http
