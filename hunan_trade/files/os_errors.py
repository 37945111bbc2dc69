"""Chinese messages for operating system errors in reading and writing files."""

from __future__ import annotations

import errno

_MESSAGES = {
    errno.ENOENT: "没有这个文件或文件夹",
    errno.EISDIR: "这是文件夹，要写文件名",
    errno.ENOTDIR: "路径中有一段不是文件夹",
    errno.EEXIST: "这是文件，要写文件夹",
    errno.EACCES: "没有读写权限",
    errno.EPERM: "没有读写权限",
    errno.EROFS: "磁盘只读",
    errno.ENOSPC: "磁盘已满",
    errno.ENAMETOOLONG: "文件名过长",
}


def describe_os_error(error: OSError) -> str:
    """Return a Chinese description of an OSError raised by reading or writing a file."""
    return _MESSAGES.get(error.errno or 0, error.strerror or "读写出错")
