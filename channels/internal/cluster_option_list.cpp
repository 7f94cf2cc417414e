#include <string>

#include <bennu/channels/internal/option.hpp>
#include <bennu/channels/internal/option_value.hpp>

namespace bennu {

namespace {

using values = std::vector<std::string>;

constexpr std::uint64_t max_port = 65'535;

/// An option that is one text of the cluster's.
option text_option(std::string name, std::string value, std::string help, std::string cluster_options::* text) {
  return {.name = std::move(name),
          .value = std::move(value),
          .help = std::move(help),
          .group = "a node of a cluster",
          .set = [text](config& c, const values& v) { c.cluster.*text = v.front(); },
          .get = [text](const config& c) { return (c.cluster.*text).empty() ? values{} : values{c.cluster.*text}; }};
}

/// An option that names a file with a secret, which is read at once.
option secret_file_option(std::string name, std::string help, std::string content,
                          std::string cluster_options::* text) {
  auto made = text_option(std::move(name), "FILE", std::move(help), text);
  made.is_secret = true;
  made.set = [text, content](config& c, const values& v) { c.cluster.*text = secret_in(v.front(), content); };
  return made;
}

}  // namespace

std::vector<option> cluster_option_list() {
  std::vector<option> all;
  all.push_back(text_option("node", "NAME", "the name by which other nodes know this one; none: it is alone",
                            &cluster_options::name));
  all.push_back(
      text_option("cluster_host", "HOST", "address to listen on for other nodes; none: all", &cluster_options::host));
  all.push_back(
      {.name = "cluster_port",
       .value = "PORT",
       .help = "port to listen on for other nodes, 0 for a free one",
       .group = "a node of a cluster",
       .set = [](config& c,
                 const values& v) { c.cluster.port = static_cast<std::uint16_t>(number_of(v.front(), 0, max_port)); },
       .get = [](const config& c) { return values{std::to_string(c.cluster.port)}; }});
  all.push_back(text_option("advertise", "HOST",
                            "address at which other nodes reach this one, if its connections come from another",
                            &cluster_options::advertised_host));
  all.push_back({.name = "seed",
                 .value = "HOST:PORT",
                 .help = "a node to look for",
                 .group = "a node of a cluster",
                 .is_list = true,
                 .set = [](config& c, const values& v) { c.cluster.seeds = v; },
                 .get = [](const config& c) { return c.cluster.seeds; }});
  all.push_back(text_option("cookie_file", "FILE", "a file with a secret that all nodes share; SIGHUP reads it again",
                            &cluster_options::cookie_file));
  all.push_back(text_option("node_cert", "FILE", "instead of a cookie: a certificate of this node",
                            &cluster_options::certificate_file));
  all.push_back(text_option("node_key", "FILE", "its private key", &cluster_options::key_file));
  all.push_back(text_option("node_ca", "FILE", "the authority that signs the certificates of all nodes",
                            &cluster_options::authority_file));
  auto redis = text_option(
      "redis", "URL",
      "instead of the above: nodes meet at redis://[[USER]:PASSWORD@]HOST[:PORT][,HOST[:PORT]...][/CLUSTER], "
      "the same with rediss:// for TLS (then --node-cert, -key and -ca are for it), or "
      "unix://[[USER]:PASSWORD@]/PATH[?cluster=CLUSTER]",
      &cluster_options::redis_url);
  redis.is_secret = true;
  all.push_back(std::move(redis));
  all.push_back(secret_file_option("redis_password_file", "a file with the password there", "password",
                                   &cluster_options::redis_password));
  return all;
}

}  // namespace bennu
