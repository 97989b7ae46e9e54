"""Text as programs save it: UTF-8, or UTF-16 with a byte order mark."""

import codecs

# PowerShell, Excel and the Windows editor write these marks; that of UTF-16 cannot begin a text in UTF-8.
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))


def decode_text(data: bytes, *, errors: str = "strict") -> str:
    r"""Return the text of a file, without its byte order mark.

    Args:
        data: the file's bytes.
        errors: how bytes that are not text are handled, as in `bytes.decode`.

    Raises:
        UnicodeDecodeError: if it is neither, and `errors` is strict.

    >>> decode_text("고양이.jpg".encode("utf-16")), decode_text(b"\xef\xbb\xbfcat.jpg")
    ('고양이.jpg', 'cat.jpg')
    """
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            # Half a UTF-16 unit cannot be kept: surrogates represent bytes only in UTF-8.
            return data[len(mark) :].decode(
                encoding, errors if encoding == "utf-8" or errors == "strict" else "replace"
            )
    return data.decode("utf-8", errors)
