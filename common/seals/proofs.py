"""The proof of single rows: what somebody without our database checks one by.

A proof is the row's canonical bytes, the path from their hash to the root of the block that
the row stands in, and that block's signed header. What it holds of persons are salted hashes;
salt and value are given along, so that whoever is shown the row can check these as well.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.apps import apps
from django.db import connection
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from common.models.seals import SealBlock, SealCommitment
from common.seals import keys, merkle, rows
from common.seals.blocks import header
from common.seals.canonical import Writing
from common.seals.exceptions import NotAsSealed, NotSealedYet
from common.seals.registry import sealed_tables


@dataclass(frozen=True, kw_only=True)
class Proof:
    """`salted` are the personal columns: the salt they were hashed with, None once it was
    erased, and their value as text."""

    table: str
    number: int
    canonical: str
    path: list[tuple[str, str]]
    block: int
    sealed_at: datetime
    salted: dict[str, tuple[str | None, str | None]]


@dataclass(frozen=True, kw_only=True)
class Proven:
    """Proofs, the signed blocks they lead to by number, and the public keys by id."""

    proofs: list[Proof]
    blocks: dict[str, dict[str, Any]]
    keys: dict[str, str]


def prove(wanted: Iterable[tuple[str, int]], *, upto: datetime | None = None) -> Proven:
    """For rows by table and number; those sealed after `upto` are passed over.

    Raises `NotSealedYet`, and `NotAsSealed` for a row that is not what was sealed.
    """
    blocks: dict[int, SealBlock] = {}
    proofs = []
    for table, number in wanted:
        block, position = _block_of(table, number, blocks)
        if upto is not None and (block is None or block.sealed_at > upto):
            continue
        if block is None:
            raise NotSealedYet(
                _("What is to be proved has not been sealed yet. That takes a minute: try again.")
            )
        proofs.append(_proof(block, number, position))
    used = [blocks[number] for number in sorted({proof.block for proof in proofs})]
    public = keys.public_keys()
    return Proven(
        proofs=proofs,
        blocks={
            str(block.number): {
                "header": header(block),
                "hash": block.hash,
                "signature": block.signature,
            }
            for block in used
        },
        keys={name: public[name].hex() for name in sorted({b.key_id for b in used} & {*public})},
    )


def _block_of(
    table: str, number: int, known: dict[int, SealBlock]
) -> tuple[SealBlock | None, rows.Position]:
    """The block that a row stands in, None when it is in none yet, and where it stands."""
    transaction = _transaction_of(table, number)
    for block in known.values():
        after = (block.after_transaction, block.after_id)
        if block.table == table and after < (transaction, number) <= (
            block.upto_transaction,
            block.upto_id,
        ):
            return block, (transaction, number)
    found = (
        SealBlock.objects.filter(table=table, upto_transaction__gte=transaction)
        .exclude(Q(upto_transaction=transaction, upto_id__lt=number))
        .order_by("upto_transaction", "upto_id")
        .first()
    )
    if found is not None:
        known[found.number] = found
    return found, (transaction, number)


def _transaction_of(table: str, number: int) -> int:
    model, key = apps.get_model(table), sealed_tables.get(table).key
    with connection.cursor() as cursor:
        cursor.execute(
            f'SELECT transaction::text::bigint FROM "{model._meta.db_table}" WHERE {key} = %s',
            [number],
        )
        row = cursor.fetchone()
    if row is None:
        raise _not_as_sealed(table, number)
    return int(row[0])


def _proof(block: SealBlock, number: int, position: rows.Position) -> Proof:
    before = (position[0], position[1] - 1)
    found = rows.read(Writing.of(block.table, block.form), after=before, upto=position, limit=1)
    leaves, ids = merkle.split(bytes(block.leaves)), block.ids
    if not found or number not in ids:
        raise _not_as_sealed(block.table, number)
    place, canonical = ids.index(number), found[0][2]
    if merkle.leaves_of([canonical]) != [leaves[place]] or merkle.root(leaves).hex() != block.root:
        raise _not_as_sealed(block.table, number)
    return Proof(
        table=block.table,
        number=number,
        canonical=canonical.decode(),
        path=merkle.path(leaves, place),
        block=block.number,
        sealed_at=block.sealed_at,
        salted=_salted(block, number),
    )


def _salted(block: SealBlock, number: int) -> dict[str, tuple[str | None, str | None]]:
    personal = block.form["personal"]
    if not personal:
        return {}
    kept = SealCommitment.objects.filter(table=block.table, row_id=number).first()
    salt = str(kept.salt) if kept is not None and kept.salt is not None else None
    values = rows.personal_values(block.table, block.form, number)
    return {name: (salt, value) for name, value in zip(personal, values, strict=True)}


def _not_as_sealed(table: str, number: int) -> NotAsSealed:
    return NotAsSealed(
        _(
            "Row %(row)s of %(table)s is not what was sealed, so nothing is certified of it. "
            "Run “manage.py verify_seals” and find out why."
        )
        % {"row": number, "table": table}
    )
