"""Pieces of SQL that migrations of several apps share."""

from django.db.migrations import AddField, RunSQL, SeparateDatabaseAndState

from common.models.transaction_ids import TransactionIdField

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
    is `Sealed`, or has a `TransactionIdField` of its own; `index_to_seal` follows. In a
    migration that is not atomic it is a transaction of its own, and may be repeated: no lock
    on a table is held while another one's is waited for.
    """
    return RunSQL(
        f"""
        ALTER TABLE {table} ADD COLUMN IF NOT EXISTS transaction xid8 NOT NULL DEFAULT '0';
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


def numbered_rows(table: str) -> RunSQL:
    """Gives rows of `table`, which have a `bigint` column `number`, the next number, whatever the
    writer says: for tables whose key is no number, which are sealed by it. Rows from before
    keep 0 and are not sealed on their own. Before `sealed_from_now_on(table, key="number")`.
    """
    return RunSQL(
        f"""
        CREATE SEQUENCE {table}_number AS bigint;
        CREATE FUNCTION {table}_give_number() RETURNS trigger
        LANGUAGE plpgsql SET search_path = public, pg_temp
        AS $$
        BEGIN
            NEW.number := nextval('{table}_number');
            RETURN NEW;
        END
        $$;
        CREATE TRIGGER {table}_is_numbered BEFORE INSERT ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_give_number();
        """,
        f"""
        DROP TRIGGER {table}_is_numbered ON {table};
        DROP FUNCTION {table}_give_number();
        DROP SEQUENCE {table}_number;
        """,
    )


def index_to_seal(table: str, *, key: str = "id") -> RunSQL:
    """The index by which rows of `table` are found in the order in which they are sealed.

    Built beside the work that goes on, so in a migration that is not atomic. What a build that
    was broken off left behind goes first.
    """
    dropped = f"DROP INDEX CONCURRENTLY IF EXISTS {table}_to_seal"
    return RunSQL(
        [dropped, f"CREATE INDEX CONCURRENTLY {table}_to_seal ON {table} (transaction, {key})"],
        dropped,
    )


def sealed_from_now_on(table: str, *, key: str = "id") -> SeparateDatabaseAndState:
    """All that makes the append-only `table` of a model that is now `Sealed` ready for it."""
    model_name = table.partition("_")[2]
    field = TransactionIdField(verbose_name="transaction")
    return SeparateDatabaseAndState(
        database_operations=[sealed_rows(table), index_to_seal(table, key=key)],
        state_operations=[AddField(model_name, "transaction", field)],
    )


def written_together(table: str, *, column: str, parent: str) -> RunSQL:
    """Rows of `table` are written by the transaction that wrote the row of the sealed table
    `parent` that `column` names, and not later: they are sealed along with it.
    """
    return RunSQL(
        f"""
        CREATE FUNCTION {table}_check_together() RETURNS trigger
        LANGUAGE plpgsql SET search_path = public, pg_temp
        SET enable_seqscan = off SET enable_mergejoin = off SET enable_hashjoin = off
        AS $$
        BEGIN
            IF EXISTS (
                SELECT FROM written JOIN {parent} parent ON parent.id = written.{column}
                WHERE parent.transaction <> pg_current_xact_id()) THEN
                RAISE EXCEPTION 'rows of {table} are written together with what they belong to'
                    USING ERRCODE = 'integrity_constraint_violation';
            END IF;
            RETURN NULL;
        END
        $$;
        CREATE TRIGGER {table}_is_written_together AFTER INSERT ON {table}
            REFERENCING NEW TABLE AS written
            FOR EACH STATEMENT EXECUTE FUNCTION {table}_check_together();
        """,
        f"""
        DROP TRIGGER {table}_is_written_together ON {table};
        DROP FUNCTION {table}_check_together();
        """,
    )
