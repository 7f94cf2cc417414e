#include <bennu/pubsub/direct_adapter/internal/join_failure.hpp>

#include <cerrno>
#include <system_error>

#include <openssl/sslerr.h>
#include <openssl/x509_vfy.h>
#include <bennu/runtime/tls/tls_stream.hpp>

namespace bennu {

namespace {

using enum join_failure_reason;

join_failure failure_to_verify(long result, bool uses_cookie) {
  if (result == X509_V_ERR_CERT_HAS_EXPIRED) return {expired, "its certificate has expired"};
  if (result == X509_V_ERR_CERT_NOT_YET_VALID) return {expired, "its certificate is not valid yet"};
  if (uses_cookie) return {untrusted, "it does not have this cluster's cookie"};
  return {untrusted,
          std::string{"its certificate is not one of this cluster's: "} + X509_verify_cert_error_string(result)};
}

}  // namespace

metric metric_of(join_failure_reason reason) noexcept {
  return static_cast<metric>(static_cast<unsigned>(metric::node_joins_unresolved) + static_cast<unsigned>(reason));
}

join_failure failure_of_connect(int error) {
  if (error == ECONNREFUSED) return {refused, "it refuses connections"};
  if (error == ETIMEDOUT) return {no_answer, "it does not answer"};
  return {unreachable, "it cannot be reached: " + std::generic_category().message(error)};
}

join_failure failure_of_tls(const tls_stream& tls, bool uses_cookie) {
  if (const auto result = tls.verify_result(); result != X509_V_OK) return failure_to_verify(result, uses_cookie);
  switch (tls.failure_reason()) {
    case 0:
      return {closed, "it ended the connection"};
    case SSL_R_SSLV3_ALERT_CERTIFICATE_EXPIRED:
      return {expired, "it says that this node's certificate has expired"};
    case SSL_R_TLSV1_ALERT_UNKNOWN_CA:
    case SSL_R_SSLV3_ALERT_BAD_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_UNKNOWN:
    case SSL_R_SSLV3_ALERT_UNSUPPORTED_CERTIFICATE:
    case SSL_R_SSLV3_ALERT_CERTIFICATE_REVOKED:
    case SSL_R_TLSV1_ALERT_DECRYPT_ERROR:
    case SSL_R_TLSV1_ALERT_ACCESS_DENIED:
    case SSL_R_TLSV13_ALERT_CERTIFICATE_REQUIRED:
      return {untrusted,
              uses_cookie ? "it does not accept this node's cookie" : "it does not accept this node's certificate"};
    case SSL_R_PEER_DID_NOT_RETURN_A_CERTIFICATE:
      return {untrusted, "it shows no certificate"};
    default:
      return {not_a_node, "it does not use the protocol of nodes: " + tls.failure()};
  }
}

}  // namespace bennu
