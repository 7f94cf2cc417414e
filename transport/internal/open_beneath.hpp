#pragma once

#include <string>

#include <bennu/runtime/unique_fd.hpp>

namespace bennu {

/// Opens a file or directory below `directory` to read it, never waiting for anything (such as the writer of a FIFO).
///
/// Where the path would leave the directory, by "..", as an absolute path or through a symbolic link, it is not opened.
/// Links that stay below are followed where the kernel can check that (openat2, Linux 5.6); elsewhere no link is.
/// @param directory a descriptor of the directory, which stays the caller's
/// @param path relative to it
/// @returns no descriptor, and the reason in errno, where it was not opened
unique_fd open_beneath(int directory, const std::string& path);

/// The same without the kernel's help: from component to component, following no symbolic link and refusing "..".
unique_fd open_beneath_without_links(int directory, const std::string& path);

}  // namespace bennu
