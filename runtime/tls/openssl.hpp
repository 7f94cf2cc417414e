#pragma once

#include <memory>
#include <string>

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

namespace bennu {

/// Frees an object of OpenSSL with the function for its type.
template <auto Free>
struct openssl_deleter {
  template <class T>
  void operator()(T* object) const noexcept {
    Free(object);
  }
};

using ssl_ptr = std::unique_ptr<SSL, openssl_deleter<&SSL_free>>;
using x509_ptr = std::unique_ptr<X509, openssl_deleter<&X509_free>>;

/// The text of the first error in this thread's queue, of which the others are consequences. Empties the queue.
inline std::string openssl_error() {
  const auto* words = ERR_reason_error_string(ERR_peek_error());
  ERR_clear_error();
  return words != nullptr ? words : "an error of OpenSSL's";
}

}  // namespace bennu
