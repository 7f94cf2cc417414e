#pragma once

#include <string>
#include <string_view>

namespace bennu {

/// What a node proves with that it belongs to a cluster: a certificate, its key, and the certificate by which others'
/// are judged, as files for CAF's OpenSSL module, which reads them for each connection.
///
/// The files are in memory. So they do not change while the node runs, and cannot be missing when CAF wants them: it
/// takes the process down then.
class credentials {
public:
  /// The key is made from the cookie: who knows it has the same key, and no other key is trusted. That is more than to
  /// ask for the cookie once connected: whoever does not know it gets no word through to CAF.
  /// @throws std::invalid_argument where the cookie is too short
  static credentials from_cookie(std::string_view cookie);
  /// @throws std::invalid_argument that says which file is of no use, and why
  static credentials from_files(const std::string& certificate, const std::string& key, const std::string& authority);

  credentials(credentials&&) noexcept = default;
  credentials& operator=(credentials&&) noexcept = default;

  std::string certificate_path() const { return certificate_.path(); }
  std::string key_path() const { return key_.path(); }
  std::string authority_path() const { return authority_.path(); }

private:
  /// A file without a name.
  class memory_file {
  public:
    explicit memory_file(std::string_view content);
    memory_file(memory_file&& other) noexcept;
    memory_file& operator=(memory_file&& other) noexcept;
    ~memory_file();
    std::string path() const;

  private:
    int fd_ = -1;
  };

  credentials(std::string_view certificate, std::string_view key, std::string_view authority)
      : certificate_(certificate), key_(key), authority_(authority) {}

  memory_file certificate_;
  memory_file key_;
  memory_file authority_;
};

}  // namespace bennu
