#pragma once

#include <memory>

#include <bennu/runtime/guarded.hpp>
#include <bennu/runtime/tls/openssl.hpp>
#include <bennu/runtime/tls/tls_stream.hpp>
#include <bennu/transport/tls_options.hpp>

namespace bennu {

/// The certificates of a server, and the versions and ciphers of TLS that it accepts. Any thread may use it.
class tls_context {
public:
  /// Reads the files.
  /// @throws std::runtime_error with the file that cannot be used, and the reason
  explicit tls_context(tls_options wanted);

  /// Reads the files again, for new connections. Existing connections keep their certificates.
  /// @throws std::runtime_error as the constructor; then nothing changes
  void reload();

  /// Takes over the files of another context, for new connections.
  void use(tls_context&& other);

  /// Creates the TLS state of one more connection.
  std::unique_ptr<tls_stream> accept(const limits& of = {});

private:
  using context_ptr = std::unique_ptr<SSL_CTX, openssl_deleter<&SSL_CTX_free>>;

  static context_ptr load(const tls_options& wanted);

  tls_options wanted_;
  guarded<context_ptr> context_;
};

}  // namespace bennu
