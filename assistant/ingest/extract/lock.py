"""Opens Office files that a password encrypts: an OLE container around the real file."""

import io

import msoffcrypto
from msoffcrypto.exceptions import DecryptionError, FileFormatError, InvalidKeyError

from assistant.domain.errors import FilingRejected, Rejection
from assistant.ingest.extract.refusals import password_required

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED_STREAM = "EncryptedPackage".encode("utf-16-le")


def is_locked(data: bytes) -> bool:
    """Say whether the bytes are an Office file of today encrypted by a password."""
    return data.startswith(_OLE) and _ENCRYPTED_STREAM in data


def unlocked(data: bytes, password: str) -> bytes:
    """Return the file inside a locked one; any other file, or one without a password, as it is.

    Raises:
        FilingRejected: `password_required` when the password, or the library, does not open it.
    """
    if not password or not is_locked(data):
        return data
    plain = io.BytesIO()
    try:
        locked = msoffcrypto.OfficeFile(io.BytesIO(data))
        locked.load_key(password=password, verify_password=True)
        locked.decrypt(plain, verify_integrity=False)
    except InvalidKeyError:
        raise password_required("Office file", wrong=True) from None
    except (DecryptionError, FileFormatError, OSError, LookupError, TypeError, ValueError):
        raise FilingRejected(
            Rejection.PASSWORD_REQUIRED,
            "The Office file is encrypted in a way that cannot be undone here.",
            "Open it with its password, save a copy without one, and add the copy.",
        ) from None
    return plain.getvalue()
