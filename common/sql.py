"""Pieces of SQL that migrations of several apps share."""

from django.db.migrations import RunSQL

APP_ROLE = "apiqik_app"
OWNER_ROLE = "apiqik_owner"


def append_only(table: str, *, stamp: str | None = "common_stamp") -> RunSQL:
    """Makes `table` append-only, twice over.

    The app role loses UPDATE, DELETE and TRUNCATE, and triggers refuse them to
    everybody else, the owner included. `recorded_at` is stamped by the database
    whatever the writer says, with the function `stamp` (None: there is no such column).
    Reversed, all of it is given back.
    """
    stamped = (
        ""
        if stamp is None
        else f"""
        CREATE TRIGGER {table}_is_stamped BEFORE INSERT ON {table}
            FOR EACH ROW EXECUTE FUNCTION {stamp}();
        """
    )
    unstamped = "" if stamp is None else f"DROP TRIGGER {table}_is_stamped ON {table};"
    return RunSQL(
        f"""
        REVOKE UPDATE, DELETE, TRUNCATE ON {table} FROM {APP_ROLE};
        CREATE TRIGGER {table}_is_final BEFORE UPDATE OR DELETE ON {table}
            FOR EACH ROW EXECUTE FUNCTION common_refuse_change();
        CREATE TRIGGER {table}_is_never_emptied BEFORE TRUNCATE ON {table}
            FOR EACH STATEMENT EXECUTE FUNCTION common_refuse_change();
        {stamped}
        """,
        f"""
        {unstamped}
        DROP TRIGGER {table}_is_never_emptied ON {table};
        DROP TRIGGER {table}_is_final ON {table};
        GRANT UPDATE, DELETE ON {table} TO {APP_ROLE};
        """,
    )


def never_deleted(table: str) -> RunSQL:
    """Rows of `table` may change but not vanish: evidence hangs on them."""
    return RunSQL(
        f"""
        REVOKE DELETE, TRUNCATE ON {table} FROM {APP_ROLE};
        """,
        f"GRANT DELETE ON {table} TO {APP_ROLE};",
    )


def sealed_rows(table: str, *, stamp: str = "common_stamp_transaction") -> RunSQL:
    """Gives an append-only `table` the column `transaction`, which seals go by.

    Rows from before have 0, below every watermark, and nothing is rewritten for them; new
    ones get the transaction that writes them, whatever the writer says. Comes after
    `append_only`, whose stamp of `recorded_at` the function `stamp` makes as well. The model
    has a `TransactionIdField` and an index on `transaction` and `id`.
    """
    return RunSQL(
        f"""
        ALTER TABLE {table} ADD COLUMN transaction xid8 NOT NULL DEFAULT '0';
        ALTER TABLE {table} ALTER COLUMN transaction SET DEFAULT pg_current_xact_id();
        DROP TRIGGER {table}_is_stamped ON {table};
        CREATE TRIGGER {table}_is_stamped BEFORE INSERT ON {table}
            FOR EACH ROW EXECUTE FUNCTION {stamp}();
        """,
        f"""
        DROP TRIGGER {table}_is_stamped ON {table};
        CREATE TRIGGER {table}_is_stamped BEFORE INSERT ON {table}
            FOR EACH ROW EXECUTE FUNCTION common_stamp();
        ALTER TABLE {table} DROP COLUMN transaction;
        """,
    )
