"""Rows as bytes: JSON by RFC 8785, written by PostgreSQL itself.

One form and no other for each value, so that the same row gives the same bytes on every
server: keys in order, no spaces, `bigint`, `numeric` and transaction ids as strings of
digits (a JSON number is exact to 2^53 only), moments in UTC without trailing zeros, JSON
columns as the text PostgreSQL writes for them, bytes in hexadecimal.
`tests/common/seals/test_canonical.py` holds it against the library `rfc8785`.
"""

from dataclasses import dataclass

from django.apps import apps
from django.db import connection, models
from django.utils.translation import gettext_lazy as _

from common.seals.exceptions import CannotBeCanonical
from common.seals.registry import Form, columns_of

_WRITTEN = {
    "bigint": "{}::text",
    "numeric": "{}::text",
    "xid8": "{}::text",
    "integer": "{}",
    "smallint": "{}",
    "boolean": "{}",
    "varchar": "{}",
    "text": "{}",
    "date": "{}",
    "uuid": "{}",
    "timestamp with time zone": "({} AT TIME ZONE 'UTC')",
    "inet": "{}::text",
    "jsonb": "{}::text",
    "bytea": "encode({}, 'hex')",
    "varchar[]": "{}",
}
# Columns to one 64-bit number of marks, a byte each; the eighth would be its sign.
MARKS_PER_NUMBER = 7


def _kind(model: type[models.Model], column: str) -> str:
    """The column's type without its length; nothing for one that is not there."""
    known = columns_of(model).get(column)
    kind, _length, rest = ((known.db_type(connection) or "") if known else "").partition("(")
    return kind + rest.partition(")")[2]


def as_text(model: type[models.Model], column: str, alias: str) -> str:
    """The column as text, the same on every server, as SQL. For commitments."""
    if _kind(model, column) == "bytea":
        return f"encode({alias}.\"{column}\", 'hex')"
    return f'{alias}."{column}"::text'


def _written(model: type[models.Model], column: str, alias: str) -> str:
    """How a column is written, as SQL. Raises `CannotBeCanonical`."""
    kind = _kind(model, column)
    if kind not in _WRITTEN:
        raise CannotBeCanonical(
            _("The column %(column)s of %(table)s has no form in which it could be sealed.")
            % {"column": column, "table": model._meta.label}
        )
    return _WRITTEN[kind].format(f'{alias}."{column}"')


def _children(row: type[models.Model], name: str, form: Form) -> str:
    model = apps.get_model(form["model"])
    of = form.get("of", "id")
    if form["parent"] not in columns_of(model) or of not in columns_of(row):
        raise CannotBeCanonical(_("%(name)s does not hang on its row.") % {"name": name})
    written = {each: _written(model, each, "x") for each in form["columns"]}
    for each in form.get("hashed", []):
        text = f"convert_to({_written(model, each, 'x')}, 'UTF8')"
        written[each] = f"encode(sha256({text}), 'hex')"
    columns = ", ".join(f'{written[each]} AS "{each}"' for each in sorted(written))
    return (
        f"array_to_json(ARRAY(SELECT row_to_json(child) FROM (SELECT {columns}"
        f' FROM "{model._meta.db_table}" x WHERE x."{form["parent"]}" = t."{of}"'
        f' ORDER BY x."{model._meta.pk.column}") child))'
    )


@dataclass(frozen=True)
class Writing:
    """How rows of a table in a certain form are read as canonical bytes.

    `keys` are the keys of the JSON object, in order. `select` gives number, transaction, bytes
    and marks of the rows of `t` that a WHERE picks; `key` is the column with the number.
    """

    table: str
    key: str
    keys: tuple[str, ...]
    select: str

    @classmethod
    def of(cls, name: str, form: Form) -> "Writing":
        """For the table registered as `name`. Raises `CannotBeCanonical`."""
        model = apps.get_model(name)
        written = {column: _written(model, column, "t") for column in form["columns"]}
        for place, column in enumerate(form["personal"], start=1):
            written[column] = f"kept.hashes[{place}]"
        for child, its_form in form["children"].items():
            written[child] = _children(model, child, its_form)
        keys = tuple(sorted(written))
        key = form.get("key", "id")
        listed = ", ".join(f'{written[key]} AS "{key}"' for key in keys)
        kept = (
            f"LEFT JOIN common_sealcommitment kept ON kept.\"table\" = '{name}'"
            f" AND kept.row_id = t.{key}"
            if form["personal"]
            else ""
        )
        # OFFSET 0 keeps the names of the columns together with their values.
        select = (
            f"SELECT t.{key}, t.transaction::text::bigint,"
            f" convert_to(row_to_json(c)::text, 'UTF8'), {_marks(keys)}"
            f' FROM "{model._meta.db_table}" t {kept}'
            f" CROSS JOIN LATERAL (SELECT {listed} OFFSET 0) c"
        )
        return cls(model._meta.db_table, key, keys, select)

    def changed(self, sealed: bytes, found: bytes) -> list[str]:
        """The columns whose marks differ; of one in 256 changes the mark is the same."""
        return [
            key
            for place, key in enumerate(self.keys)
            if sealed[_place(place)] != found[_place(place)]
        ]

    @property
    def width(self) -> int:
        """Bytes of marks a row."""
        return 8 * -(-len(self.keys) // MARKS_PER_NUMBER)


def _place(column: int) -> int:
    """Where in the marks of a row that of its nth column is: numbers are big-endian."""
    number, within = divmod(column, MARKS_PER_NUMBER)
    return 8 * number + 7 - within


def _marks(keys: tuple[str, ...]) -> str:
    """A byte of hash for each column: no proof, only a hint where a change is."""
    numbers = []
    for start in range(0, len(keys), MARKS_PER_NUMBER):
        bits = [
            f'(coalesce(hashtext(c."{key}"::text), 0) & 255)::bigint << {8 * place}'
            for place, key in enumerate(keys[start : start + MARKS_PER_NUMBER])
        ]
        numbers.append(f"int8send({' | '.join(f'({each})' for each in bits)})")
    return " || ".join(numbers)
