#pragma once

namespace bennu {

/// Keeps what goes wrong with one TLS connection of CAF's from ending another one. Once called, holds for all that are
/// made from then on, in the whole process.
///
/// OpenSSL leaves errors in a queue of the thread, and takes what is in there for the error of the next operation that
/// cannot go on at once, whichever connection that is of. CAF, which has all connections on one thread, does not empty
/// the queue. Since OpenSSL 3 a connection that ends without a farewell is such an error: a node that is killed would
/// take the links between the others with it, and so would a stranger who connects and says nothing.
void keep_tls_errors_apart();

}  // namespace bennu
