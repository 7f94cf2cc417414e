#include <bennu/pubsub/caf_adapter/internal/tls_errors.hpp>

#include <cstddef>
#include <stdexcept>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/ssl.h>

namespace bennu {

namespace {

/// Before each read from a socket and each write to one. Whether an operation waits for either is told by how that
/// goes: so whatever is in the queue before it is none of this operation's errors.
long before_transfer(BIO*, int operation, const char*, std::size_t, int, long, int result, std::size_t*) {
  if (operation == BIO_CB_READ || operation == BIO_CB_WRITE) ERR_clear_error();
  return result;
}

void on_state(const SSL* connection, int where, int) {
  if ((where & SSL_CB_HANDSHAKE_START) == 0) return;
  BIO* const socket = SSL_get_rbio(connection);
  if (socket != nullptr && BIO_method_type(socket) == BIO_TYPE_SOCKET) BIO_set_callback_ex(socket, before_transfer);
}

/// OpenSSL calls this whenever a context is made. CAF's are not within reach otherwise.
void on_new_context(void* context, void*, CRYPTO_EX_DATA*, int, long, void*) {
  SSL_CTX_set_info_callback(static_cast<SSL_CTX*>(context), on_state);
}

}  // namespace

void keep_tls_errors_apart() {
  static const int index = SSL_CTX_get_ex_new_index(0, nullptr, on_new_context, nullptr, nullptr);
  if (index < 0) throw std::runtime_error("OpenSSL cannot be told to announce contexts");
}

}  // namespace bennu
