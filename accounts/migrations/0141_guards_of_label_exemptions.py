"""What the database itself keeps of label exemptions (clause 3.6.2).

An owner asks, under the terms in force for the account, with all four promises; one member of
staff proposes, another grants, for 366 days at most; one exemption stands for an account and
service. All that happens to the exemptions of one account waits for each other by a lock.
"""

from django.db import migrations

from common.sql import append_only, written_together

SEALED = [
    "accounts_labelapplication",
    "accounts_labelapplicationend",
    "accounts_labelproposal",
    "accounts_labelexemption",
    "accounts_labelexemptionend",
]


def to_seal(table: str) -> migrations.RunSQL:
    # The table is new and empty: nobody waits for the index.
    return migrations.RunSQL(
        f"CREATE INDEX {table}_to_seal ON {table} (transaction, id);",
        f"DROP INDEX {table}_to_seal;",
    )


SHARED = """
CREATE FUNCTION accounts_label_lock(account bigint) RETURNS void
LANGUAGE sql SET search_path = public, pg_temp
AS $$ SELECT pg_advisory_xact_lock(hashtextextended('accounts_labelexemption', account)) $$;

CREATE FUNCTION accounts_label_refuse(why text) RETURNS void
LANGUAGE plpgsql
AS $$ BEGIN RAISE EXCEPTION '%', why USING ERRCODE = 'check_violation'; END $$;

-- An active member of staff with that permission who does not belong to the account.
CREATE FUNCTION accounts_label_staff(person bigint, permission_name text, account bigint)
RETURNS boolean LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT accounts_recovery_staff($1, $2) AND NOT EXISTS (
        SELECT FROM accounts_membership WHERE user_id = $1 AND account_id = $3)
$$;

CREATE FUNCTION accounts_label_digest(application bigint, last_day date) RETURNS text
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT encode(sha256(convert_to(concat_ws(E'\\n', asked.public_id, asked.account_id,
        array_to_string(asked.services, ','), asked.text_sha256,
        to_char($2, 'YYYY-MM-DD')), 'UTF8')), 'hex')
    FROM accounts_labelapplication asked WHERE asked.id = $1
$$;

-- Days are those of where the account is.
CREATE FUNCTION accounts_label_check_day(account bigint, last_day date) RETURNS void
LANGUAGE plpgsql STABLE SET search_path = public, pg_temp
AS $$
DECLARE
    today date;
BEGIN
    SELECT (common_now() AT TIME ZONE time_zone)::date INTO today
        FROM accounts_account WHERE id = $1;
    IF $2 < today THEN
        PERFORM accounts_label_refuse('the last day is over');
    ELSIF $2 > today + 366 THEN
        PERFORM accounts_label_refuse('no label exemption is granted for more than 366 days');
    END IF;
END
$$;

-- The words of a clause as pages show them: its heading, if it has one, and its body.
CREATE FUNCTION accounts_label_sha256(words accounts_clausetext) RETURNS text
LANGUAGE sql IMMUTABLE SET search_path = public, pg_temp
AS $$
    SELECT encode(sha256(convert_to(
        concat_ws(E'\\n', nullif(words.heading, ''), nullif(words.body, '')), 'UTF8')), 'hex')
$$;

-- The number of the version of the terms that binds the account, see `accounts.amendments`.
CREATE FUNCTION accounts_label_terms(account bigint) RETURNS integer
LANGUAGE sql STABLE SET search_path = public, pg_temp
AS $$
    SELECT max(number) FROM (
        SELECT version.number, version.document_id
        FROM accounts_versioninforce begun
        JOIN accounts_agreementversion version ON version.id = begun.version_id
        WHERE begun.account_id = $1 AND begun.since <= common_now()
        UNION ALL
        SELECT version.number, version.document_id
        FROM accounts_acceptance accepted
        JOIN accounts_agreementtext text ON text.id = accepted.text_id
        JOIN accounts_agreementversion version ON version.id = text.version_id
        WHERE accepted.account_id = $1 AND accepted.method <> 'ahead'
          AND accepted.accepted_at <= common_now()
    ) bound
    JOIN accounts_agreementdocument document ON document.id = bound.document_id
    WHERE document.slug = 'terms'
$$;
"""
UNSHARED = """
DROP FUNCTION accounts_label_terms(bigint);
DROP FUNCTION accounts_label_sha256(accounts_clausetext);
DROP FUNCTION accounts_label_check_day(bigint, date);
DROP FUNCTION accounts_label_digest(bigint, date);
DROP FUNCTION accounts_label_staff(bigint, text, bigint);
DROP FUNCTION accounts_label_refuse(text);
DROP FUNCTION accounts_label_lock(bigint);
"""


def guard(table: str, body: str, declare: str = "") -> migrations.RunSQL:
    """A trigger before each row that is written, which may refuse it."""
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {table}_guard() RETURNS trigger
        LANGUAGE plpgsql SET search_path = public, pg_temp
        AS $$
        DECLARE
            {declare}
        BEGIN
            {body}
            RETURN NEW;
        END
        $$;
        CREATE TRIGGER {table}_is_allowed BEFORE INSERT ON {table}
            FOR EACH ROW EXECUTE FUNCTION {table}_guard();
        """,
        f"DROP TRIGGER {table}_is_allowed ON {table}; DROP FUNCTION {table}_guard();",
    )


def at_commit(table: str, name: str, body: str) -> migrations.RunSQL:
    """A trigger at the end of the transaction, when all that belongs together is there."""
    return migrations.RunSQL(
        f"""
        CREATE FUNCTION {table}_{name}() RETURNS trigger
        LANGUAGE plpgsql SET search_path = public, pg_temp
        AS $$
        BEGIN
            {body}
            RETURN NULL;
        END
        $$;
        CREATE CONSTRAINT TRIGGER {table}_is_{name} AFTER INSERT ON {table}
            DEFERRABLE INITIALLY DEFERRED
            FOR EACH ROW EXECUTE FUNCTION {table}_{name}();
        """,
        f"DROP TRIGGER {table}_is_{name} ON {table}; DROP FUNCTION {table}_{name}();",
    )


APPLICATION = """
            PERFORM accounts_label_lock(NEW.account_id);
            IF NOT EXISTS (
                SELECT FROM accounts_membership member
                JOIN accounts_user person ON person.id = member.user_id
                WHERE member.account_id = NEW.account_id AND member.user_id = NEW.asked_by_id
                  AND member.role = 'owner' AND person.is_active) THEN
                PERFORM accounts_label_refuse('an owner asks for a label exemption');
            END IF;
            SELECT version.* INTO under FROM accounts_clause clause
                JOIN accounts_agreementversion version ON version.id = clause.version_id
                JOIN accounts_agreementdocument document ON document.id = version.document_id
                WHERE clause.id = NEW.clause_id AND clause.number = '3.6.2'
                  AND document.slug = 'terms';
            IF under.number IS DISTINCT FROM accounts_label_terms(NEW.account_id) THEN
                PERFORM accounts_label_refuse('asked for under clause 3.6.2 of the terms in force');
            END IF;
            IF NOT EXISTS (
                SELECT FROM accounts_agreementtext text
                WHERE text.id = NEW.text_id AND text.version_id = under.id
                  AND text.sha256 = NEW.text_sha256) THEN
                PERFORM accounts_label_refuse('the text is not that of the version');
            END IF;
            IF NEW.services IS DISTINCT FROM ARRAY(
                SELECT service.slug FROM accounts_service service
                WHERE service.slug = ANY (NEW.services) AND service.retired_at IS NULL
                ORDER BY service.slug COLLATE "C") THEN
                PERFORM accounts_label_refuse('services on sale, each once and in order');
            END IF;
            IF EXISTS (
                SELECT FROM accounts_labelapplication asked
                WHERE asked.account_id = NEW.account_id
                  AND NOT EXISTS (SELECT FROM accounts_labelapplicationend
                                  WHERE application_id = asked.id)
                  AND NOT EXISTS (
                      SELECT FROM accounts_labelproposal proposal
                      JOIN accounts_labelexemption exemption
                          ON exemption.proposal_id = proposal.id
                      WHERE proposal.application_id = asked.id)) THEN
                PERFORM accounts_label_refuse('an application of the account is open already');
            END IF;
"""

UNDERTAKING = """
            SELECT * INTO STRICT asked FROM accounts_labelapplication
                WHERE id = NEW.application_id;
            IF NOT EXISTS (
                SELECT FROM accounts_clause clause
                JOIN accounts_clause whole ON whole.version_id = clause.version_id
                WHERE clause.id = NEW.clause_id AND whole.id = asked.clause_id
                  AND clause.number IN ('3.6.2(a)', '3.6.2(b)', '3.6.2(c)', '3.6.2(d)')) THEN
                PERFORM accounts_label_refuse('what is promised is 3.6.2(a) to (d)');
            END IF;
            IF NOT EXISTS (
                SELECT FROM accounts_clausetext words
                WHERE words.id = NEW.words_id AND words.clause_id = NEW.clause_id
                  AND words.text_id = asked.text_id
                  AND accounts_label_sha256(words) = NEW.sha256) THEN
                PERFORM accounts_label_refuse('these are not the words that were shown');
            END IF;
"""
PROMISED = """
            IF (SELECT count(*) FROM accounts_labelundertaking
                WHERE application_id = NEW.id) <> 4 THEN
                PERFORM accounts_label_refuse('all four undertakings are accepted, or none is asked');
            END IF;
"""

# What is open is asked for under the lock of its account.
_OPEN = """
            PERFORM accounts_label_lock(asked.account_id);
            IF EXISTS (SELECT FROM accounts_labelapplicationend WHERE application_id = asked.id)
               OR EXISTS (
                   SELECT FROM accounts_labelproposal proposal
                   JOIN accounts_labelexemption exemption ON exemption.proposal_id = proposal.id
                   WHERE proposal.application_id = asked.id
                     AND exemption.transaction <> pg_current_xact_id()) THEN
                PERFORM accounts_label_refuse('this application is over');
            END IF;
"""

APPLICATION_END = f"""
            SELECT * INTO STRICT asked FROM accounts_labelapplication
                WHERE id = NEW.application_id;
            {_OPEN}
            IF EXISTS (SELECT FROM accounts_labelproposal proposal
                       JOIN accounts_labelexemption exemption
                           ON exemption.proposal_id = proposal.id
                       WHERE proposal.application_id = asked.id) THEN
                PERFORM accounts_label_refuse('this application was granted');
            END IF;
            IF NEW.kind = 'declined' AND NOT accounts_label_staff(
                   NEW.ended_by_id, 'propose_labelexemption', asked.account_id) THEN
                PERFORM accounts_label_refuse('this person may not decline it');
            ELSIF NEW.kind = 'withdrawn' AND NOT EXISTS (
                SELECT FROM accounts_membership WHERE account_id = asked.account_id
                  AND user_id = NEW.ended_by_id AND role = 'owner') THEN
                PERFORM accounts_label_refuse('an owner takes it back');
            END IF;
"""

PROPOSAL = f"""
            SELECT * INTO STRICT asked FROM accounts_labelapplication
                WHERE id = NEW.application_id;
            {_OPEN}
            IF NOT accounts_label_staff(
                   NEW.proposed_by_id, 'propose_labelexemption', asked.account_id) THEN
                PERFORM accounts_label_refuse('this person may not propose it');
            END IF;
            PERFORM accounts_label_check_day(asked.account_id, NEW.last_day);
            IF NEW.digest IS DISTINCT FROM accounts_label_digest(asked.id, NEW.last_day) THEN
                PERFORM accounts_label_refuse('the digest is not that of the proposal');
            END IF;
"""

EXEMPTION = f"""
            SELECT * INTO STRICT proposed FROM accounts_labelproposal WHERE id = NEW.proposal_id;
            SELECT * INTO STRICT asked FROM accounts_labelapplication
                WHERE id = proposed.application_id;
            {_OPEN}
            IF EXISTS (SELECT FROM accounts_labelproposal
                       WHERE application_id = asked.id AND id > proposed.id) THEN
                PERFORM accounts_label_refuse('a later proposal took its place');
            END IF;
            IF NEW.approved_by_id = proposed.proposed_by_id THEN
                PERFORM accounts_label_refuse('nobody approves their own proposal');
            END IF;
            IF NOT accounts_label_staff(
                   NEW.approved_by_id, 'approve_labelexemption', asked.account_id) THEN
                PERFORM accounts_label_refuse('this person may not grant it');
            END IF;
            IF NEW.digest IS DISTINCT FROM proposed.digest
               OR NEW.digest IS DISTINCT FROM accounts_label_digest(asked.id, NEW.last_day)
               OR NEW.account_id <> asked.account_id
               OR asked.whole_account <> (NEW.service_id IS NULL)
               OR NEW.service_id IS NOT NULL AND NOT EXISTS (
                   SELECT FROM accounts_service
                   WHERE id = NEW.service_id AND slug = ANY (asked.services)) THEN
                PERFORM accounts_label_refuse('this is not what was proposed');
            END IF;
            PERFORM accounts_label_check_day(asked.account_id, NEW.last_day);
            SELECT (NEW.last_day + 1)::timestamp AT TIME ZONE time_zone INTO NEW.ends_at
                FROM accounts_account WHERE id = NEW.account_id;
            IF EXISTS (
                SELECT FROM accounts_labelexemption other
                WHERE other.account_id = NEW.account_id AND other.ends_at > common_now()
                  AND (other.service_id IS NULL OR NEW.service_id IS NULL
                       OR other.service_id = NEW.service_id)
                  AND NOT EXISTS (SELECT FROM accounts_labelexemptionend
                                  WHERE exemption_id = other.id)) THEN
                PERFORM accounts_label_refuse('another exemption stands for that');
            END IF;
"""

EXEMPTION_END = """
            SELECT * INTO STRICT granted FROM accounts_labelexemption WHERE id = NEW.exemption_id;
            PERFORM accounts_label_lock(granted.account_id);
            IF granted.ends_at <= common_now() THEN
                PERFORM accounts_label_refuse('this exemption is over');
            END IF;
            IF NEW.kind = 'revoked' AND NOT accounts_label_staff(
                   NEW.ended_by_id, 'revoke_labelexemption', granted.account_id) THEN
                PERFORM accounts_label_refuse('this person may not revoke it');
            ELSIF NEW.kind = 'given_up' AND NOT EXISTS (
                SELECT FROM accounts_membership WHERE account_id = granted.account_id
                  AND user_id = NEW.ended_by_id AND role = 'owner') THEN
                PERFORM accounts_label_refuse('an owner gives it up');
            END IF;
"""
REPLACED = """
            IF NEW.kind = 'replaced' AND NOT EXISTS (
                SELECT FROM accounts_labelexemption ended
                JOIN accounts_labelexemption other ON other.account_id = ended.account_id
                WHERE ended.id = NEW.exemption_id AND other.transaction = pg_current_xact_id()
                  AND other.id <> ended.id AND other.approved_by_id = NEW.ended_by_id) THEN
                PERFORM accounts_label_refuse('nothing was granted in its place');
            END IF;
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0140_label_exemptions"), ("common", "0002_seals")]

    operations = [
        *[append_only(table, stamp="common_stamp_transaction") for table in SEALED],
        *[to_seal(table) for table in SEALED],
        append_only("accounts_labelundertaking"),
        written_together(
            "accounts_labelundertaking",
            column="application_id",
            parent="accounts_labelapplication",
        ),
        migrations.RunSQL(SHARED, UNSHARED),
        guard("accounts_labelapplication", APPLICATION, "under accounts_agreementversion;"),
        guard("accounts_labelundertaking", UNDERTAKING, "asked accounts_labelapplication;"),
        at_commit("accounts_labelapplication", "promised", PROMISED),
        guard("accounts_labelapplicationend", APPLICATION_END, "asked accounts_labelapplication;"),
        guard("accounts_labelproposal", PROPOSAL, "asked accounts_labelapplication;"),
        guard(
            "accounts_labelexemption",
            EXEMPTION,
            "asked accounts_labelapplication; proposed accounts_labelproposal;",
        ),
        guard("accounts_labelexemptionend", EXEMPTION_END, "granted accounts_labelexemption;"),
        at_commit("accounts_labelexemptionend", "replaced", REPLACED),
    ]
