"""Answers written in plain text become encrypted ones, and back, some at a time."""

import hashlib
import secrets

from common import encryption

SALT_BYTES = 32
BATCH = 200


def encrypt_all(apps, schema_editor):
    """Every text that has no encrypted one yet. May be stopped and run again."""
    answers = apps.get_model("compliance", "InquiryAnswer").objects
    texts = apps.get_model("compliance", "InquiryAnswerText").objects
    left = answers.filter(words=None).select_related("inquiry").order_by("pk")
    while batch := list(left[:BATCH]):
        texts.bulk_create(_encrypted(texts.model, one) for one in batch)


def decrypt_all(apps, schema_editor):
    """The other way; an encrypted text that was put back in plain is taken away."""
    texts = apps.get_model("compliance", "InquiryAnswerText").objects
    left = texts.select_related("answer__inquiry").order_by("pk")
    while batch := list(left[:BATCH]):
        for one in batch:
            kept = bytes(one.ciphertext)
            salted = encryption.decrypt_bytes(kept, purpose=_purpose(one.answer))
            answers = apps.get_model("compliance", "InquiryAnswer").objects
            answers.filter(pk=one.answer_id).update(text=salted[SALT_BYTES:].decode())
        texts.filter(pk__in=[one.pk for one in batch]).delete()


def _encrypted(model, answer):
    salted = secrets.token_bytes(SALT_BYTES) + answer.text.encode()
    ciphertext = encryption.encrypt_bytes(salted, purpose=_purpose(answer))
    return model(
        answer=answer,
        sha256=hashlib.sha256(salted).hexdigest(),
        key_id=encryption.key_id_of(ciphertext),
        ciphertext=ciphertext,
    )


def _purpose(answer):
    return f"compliance.answer:{answer.inquiry.public_id}"
