#pragma once

#include <string>

#include <bennu/runtime/unique_fd.hpp>

namespace bennu {

/// Opens a file or directory below `directory` for reading, without blocking (such as on the writer of a FIFO).
///
/// A path that leaves the directory, by "..", as an absolute path or through a symbolic link, is not opened. Links that
/// stay below it are followed if the kernel can check that (openat2, Linux 5.6). On older kernels no link is followed.
/// @param directory a descriptor of the directory, which the caller keeps
/// @param path relative to the directory
/// @returns no descriptor, with the reason in errno, if the file was not opened
unique_fd open_beneath(int directory, const std::string& path);

/// The same for older kernels: opens component by component, follows no symbolic link, and refuses "..".
unique_fd open_beneath_without_links(int directory, const std::string& path);

}  // namespace bennu
