// A self-signed certificate for 127.0.0.1 in a folder of its own, gone with the object.
#pragma once
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <cstdlib>
#include <filesystem>
#include <memory>
#include <stdexcept>
#include <string>

namespace vanna::test {

class certificate {
  public:
    certificate() : folder_("/tmp/vanna-certificate-XXXXXX") {
        if (!::mkdtemp(folder_.data())) throw std::runtime_error("no temporary folder");
        std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)> const key(EVP_EC_gen("P-256"), EVP_PKEY_free);
        std::unique_ptr<X509, decltype(&X509_free)> const made(X509_new(), X509_free);
        X509_set_version(made.get(), 2);
        ASN1_INTEGER_set(X509_get_serialNumber(made.get()), 1);
        X509_gmtime_adj(X509_getm_notBefore(made.get()), -3600);
        X509_gmtime_adj(X509_getm_notAfter(made.get()), 3600);
        X509_set_pubkey(made.get(), key.get());
        auto* name = X509_get_subject_name(made.get());
        auto const* text = reinterpret_cast<unsigned char const*>("vanna test");
        X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, text, -1, -1, 0);
        X509_set_issuer_name(made.get(), name);
        std::unique_ptr<X509_EXTENSION, decltype(&X509_EXTENSION_free)> const alternative(
            X509V3_EXT_conf_nid(nullptr, nullptr, NID_subject_alt_name, "IP:127.0.0.1"), X509_EXTENSION_free);
        X509_add_ext(made.get(), alternative.get(), -1);
        X509_sign(made.get(), key.get(), EVP_sha256());
        write(certificate_file(), [&](BIO* to) { return PEM_write_bio_X509(to, made.get()); });
        write(key_file(), [&](BIO* to) {
            return PEM_write_bio_PrivateKey(to, key.get(), nullptr, nullptr, 0, nullptr, nullptr);
        });
    }
    ~certificate() { std::filesystem::remove_all(folder_); }
    certificate(certificate const&) = delete;

    std::string certificate_file() const { return folder_ + "/certificate.pem"; }
    std::string key_file() const { return folder_ + "/key.pem"; }

  private:
    template <class F>
    static void write(std::string const& path, F put) {
        std::unique_ptr<BIO, decltype(&BIO_free)> const to(BIO_new_file(path.c_str(), "w"), BIO_free);
        if (!to || !put(to.get())) throw std::runtime_error("cannot write " + path);
    }
    std::string folder_;
};

}  // namespace vanna::test
