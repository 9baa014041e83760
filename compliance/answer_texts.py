"""What customers answer, encrypted at rest: each text for its own inquiry, and no other.

The key may be replaced (`compliance.key_rotation`); the hash that is kept beside it may not,
and tells whether the text is the one that was written.
"""

import hashlib
import secrets

from django.utils.translation import gettext as _

from common import encryption
from common.exceptions import BackOfficeError, CannotDecrypt
from compliance.exceptions import NotPossible
from compliance.models import InquiryAnswer, InquiryAnswerText

SALT_BYTES = 32


def keep(answer: InquiryAnswer, text: str) -> InquiryAnswerText:
    """Encrypts what the customer wrote, beside the answer that says that they did."""
    salted = secrets.token_bytes(SALT_BYTES) + text.encode()
    ciphertext = encryption.encrypt_bytes(salted, purpose=purpose_of(answer.inquiry.public_id))
    kept: InquiryAnswerText = InquiryAnswerText.objects.create(
        answer=answer,
        sha256=hashlib.sha256(salted).hexdigest(),
        key_id=encryption.key_id_of(ciphertext),
        ciphertext=ciphertext,
    )
    return kept


def text_of(answer: InquiryAnswer) -> str:
    """What the customer wrote. Raises `NotPossible` for what is damaged, of another answer,
    or under a key that is missing."""
    kept, inquiry = answer.words, answer.inquiry.public_id
    return salted_of(kept.ciphertext, sha256=kept.sha256, inquiry=inquiry)[SALT_BYTES:].decode()


def shown(ciphertext: bytes | memoryview, *, sha256: str, inquiry: str) -> str:
    """The text, or the sentence that says why there is none: a page shows the rest."""
    try:
        return salted_of(ciphertext, sha256=sha256, inquiry=inquiry)[SALT_BYTES:].decode()
    except BackOfficeError as problem:
        return str(problem)


def salted_of(ciphertext: bytes | memoryview, *, sha256: str, inquiry: str) -> bytes:
    """What was encrypted for that inquiry, if it is what `sha256` is of. Raises `NotPossible`."""
    try:
        salted = encryption.decrypt_bytes(bytes(ciphertext), purpose=purpose_of(inquiry))
    except CannotDecrypt:
        salted = b""
    if hashlib.sha256(salted).hexdigest() != sha256:
        raise NotPossible(
            _(
                "What is stored of this answer is damaged, belongs to another one, or the key that "
                "encrypted it is missing. Tell whoever runs the server."
            )
        )
    return salted


def purpose_of(inquiry: str) -> str:
    """What a text is bound to, by the inquiry's public identifier."""
    return f"compliance.answer:{inquiry}"
