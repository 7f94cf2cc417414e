#include <bennu/transport/internal/tls_context.hpp>

#include <filesystem>
#include <fstream>
#include <stdexcept>
#include <string>

#include <doctest/doctest.h>
#include <sys/socket.h>
#include <unistd.h>
#include "tls_client.hpp"

using bennu::tls_context;
using bennu::tls_options;

namespace fs = std::filesystem;

namespace {

/// A folder with a server's certificate and key, which a test may replace.
class fixture {
public:
  fixture() {
    std::string name = fs::temp_directory_path() / "bennu-tls-XXXXXX";
    REQUIRE(mkdtemp(name.data()) != nullptr);
    folder = name;
    install("server");
  }
  ~fixture() { fs::remove_all(folder); }

  void install(const std::string& name) {
    for (const auto* part : {".pem", "_key.pem"}) {
      fs::copy_file(certificate(name + part), folder / (std::string{"used"} + part),
                    fs::copy_options::overwrite_existing);
    }
  }

  tls_options options() const { return {folder / "used.pem", folder / "used_key.pem"}; }

  /// The name that the server shows to a new client.
  static std::string name_shown_by(tls_context& context) {
    int fds[2];
    REQUIRE(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, fds) == 0);
    const bennu::unique_fd server{fds[0]};
    const auto stream = context.accept();
    tls_client client{bennu::unique_fd{fds[1]}};
    std::array<char, 64 * 1024> room;
    while (!stream->is_established()) {
      client.shake();
      REQUIRE(stream->read(server.get(), room) != 0);
    }
    return client.server_name();
  }

  fs::path folder;
};

/// The reason why a server with these options cannot start.
std::string refusal(const tls_options& options) {
  try {
    tls_context context{options};
    return "it began";
  } catch (const std::runtime_error& e) {
    return e.what();
  }
}

}  // namespace

TEST_CASE_FIXTURE(fixture, "after a reload, new clients see the new certificate") {
  tls_context context{options()};
  CHECK(name_shown_by(context) == "server");
  install("other_server");
  CHECK(name_shown_by(context) == "server");
  context.reload();
  CHECK(name_shown_by(context) == "other_server");
}

TEST_CASE_FIXTURE(fixture, "a reload that fails has a reason, and changes nothing") {
  tls_context context{options()};
  fs::copy_file(certificate("other_server.pem"), folder / "used.pem", fs::copy_options::overwrite_existing);
  CHECK_THROWS_AS(context.reload(), std::runtime_error);  // the key is another certificate's
  fs::remove(folder / "used.pem");
  CHECK_THROWS_AS(context.reload(), std::runtime_error);
  CHECK(name_shown_by(context) == "server");
}

TEST_CASE_FIXTURE(fixture, "files that cannot be used are named, in one line") {
  const auto good = options();
  auto bad = good;
  bad.key = folder / "nowhere.pem";
  CHECK(refusal(bad) == "cannot use the key " + bad.key.string() + ": No such file or directory");
  bad = good;
  bad.certificate = folder;
  CHECK(refusal(bad).starts_with("cannot use the certificate " + folder.string() + ": "));
  bad = good;
  bad.key = certificate("other_server_key.pem");
  CHECK(refusal(bad) == "cannot use the key " + bad.key.string() + ": key values mismatch");
  bad = good;
  bad.key = certificate("server_key_locked.pem");
  CHECK(refusal(bad).starts_with("cannot use the key "));
  bad = good;
  bad.certificate = folder / "empty.pem";
  std::ofstream{bad.certificate} << "";
  CHECK(refusal(bad) == "cannot use the certificate " + bad.certificate.string() + ": no start line");
  bad = good;
  bad.client_ca = bad.key;
  CHECK(refusal(bad).starts_with("cannot use the client_ca "));
  CHECK(refusal(good) == "it began");
}
