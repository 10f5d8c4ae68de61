// SHA-256, HMAC-SHA-256 and HKDF-SHA-256 on OpenSSL, as archives use them.
#pragma once
#include <memory>
#include <string>
#include <string_view>

namespace vanna::jobs::archive {

// Of bytes that come block by block.
class running_sha256 {
  public:
    running_sha256();
    ~running_sha256();
    void add(std::string_view bytes);
    std::string hex();  // 64 lower-case digits; nothing may follow

  private:
    struct context;
    std::unique_ptr<context> context_;
};

std::string hmac_sha256(std::string_view key, std::string_view text);  // 32 raw bytes
std::string hkdf_sha256(std::string_view secret,
                        std::string_view purpose);  // 32 raw bytes (RFC 5869, no salt)
std::string to_hex(std::string_view bytes);
bool is_hex(std::string_view text, std::size_t digits);  // lower case, exactly so many

}  // namespace vanna::jobs::archive
