"""Who controls an account, and whose a key is, changes only with the platform's consent.

Clauses 1.2.6, 2.2.2 and 14.1. A consent counts in the transaction that writes it and never
again, so it cannot be used twice. Accounts have an owner once they had one; a personal account
is its holder's.
"""

from django.db import migrations

from common.sql import append_only, never_deleted

FINAL = [
    "accounts_authoritydeclaration",
    "accounts_transfer",
    "accounts_transferstep",
    "accounts_activity",
]
KEPT = ["accounts_invitation", "accounts_apikeyuse"]


def to_seal(table: str) -> migrations.RunSQL:
    # The table is new and empty: nobody waits for the index.
    return migrations.RunSQL(
        f"CREATE INDEX {table}_to_seal ON {table} (transaction, id);",
        f"DROP INDEX {table}_to_seal;",
    )


# In which transaction an organization got its first owner; who is written as an owner later
# than that needs a consent. A column of the database's own: nobody else has to know of it.
# Organizations from before have 0, below every transaction that will ever be.
FIRST_OWNER = """
ALTER TABLE accounts_account ADD COLUMN owned_in xid8;
UPDATE accounts_account account SET owned_in = '0'
    WHERE kind = 'organization' AND EXISTS (
        SELECT FROM accounts_membership member
        WHERE member.account_id = account.id AND member.role = 'owner');

CREATE FUNCTION accounts_keep_first_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF OLD.owned_in IS NOT NULL AND NEW.owned_in IS DISTINCT FROM OLD.owned_in THEN
        RAISE EXCEPTION 'account % had its first owner long since', OLD.public_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_account_keeps_first_owner BEFORE UPDATE OF owned_in ON accounts_account
    FOR EACH ROW EXECUTE FUNCTION accounts_keep_first_owner();
CREATE TRIGGER accounts_account_keeps_holder BEFORE UPDATE OF kind, holder_id ON accounts_account
    FOR EACH ROW EXECUTE FUNCTION accounts_keep_identity('kind', 'holder_id');
"""
FIRST_OWNER_REVERSE = """
DROP TRIGGER accounts_account_keeps_holder ON accounts_account;
DROP TRIGGER accounts_account_keeps_first_owner ON accounts_account;
DROP FUNCTION accounts_keep_first_owner();
ALTER TABLE accounts_account DROP COLUMN owned_in;
"""

# The account's row is what those wait for who change its owners at the same moment.
OWNERS = """
CREATE TRIGGER accounts_membership_stays BEFORE UPDATE OF id, user_id, account_id
    ON accounts_membership
    FOR EACH ROW EXECUTE FUNCTION accounts_keep_identity('id', 'user_id', 'account_id');

CREATE FUNCTION accounts_check_new_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    account accounts_account;
BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF OLD.role = 'owner' THEN
            RETURN NEW;
        END IF;
    END IF;
    SELECT * INTO account FROM accounts_account WHERE id = NEW.account_id FOR NO KEY UPDATE;
    IF account.kind = 'personal' THEN
        IF account.holder_id <> NEW.user_id THEN
            RAISE EXCEPTION 'account % is personal: its holder owns it', account.public_id
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    ELSIF account.owned_in IS NULL THEN
        UPDATE accounts_account SET owned_in = pg_current_xact_id() WHERE id = account.id;
    ELSIF account.owned_in <> pg_current_xact_id() AND NOT EXISTS (
        SELECT FROM accounts_transfer transfer
        JOIN accounts_transferstep step ON step.transfer_id = transfer.id
        WHERE transfer.kind = 'ownership' AND transfer.account_id = NEW.account_id
          AND transfer.new_owner_id = NEW.user_id
          AND step.kind = 'consented' AND step.transaction = pg_current_xact_id()) THEN
        RAISE EXCEPTION 'an owner joins account % by a recorded consent only', account.public_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_membership_owner_by_consent
    BEFORE INSERT OR UPDATE OF role ON accounts_membership
    FOR EACH ROW WHEN (NEW.role = 'owner') EXECUTE FUNCTION accounts_check_new_owner();

-- At the end of the transaction: an account that is closed by then has no members any more.
CREATE FUNCTION accounts_check_last_owner() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    closed_at text;
BEGIN
    SELECT to_jsonb(account) ->> 'closed_at' INTO closed_at
        FROM accounts_account account WHERE id = OLD.account_id FOR NO KEY UPDATE;
    IF closed_at IS NULL AND NOT EXISTS (SELECT FROM accounts_membership
                   WHERE account_id = OLD.account_id AND role = 'owner') THEN
        RAISE EXCEPTION 'an account keeps an owner'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NULL;
END
$$;
CREATE CONSTRAINT TRIGGER accounts_membership_keeps_an_owner
    AFTER DELETE OR UPDATE OF role ON accounts_membership
    DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW WHEN (OLD.role = 'owner') EXECUTE FUNCTION accounts_check_last_owner();
"""
OWNERS_REVERSE = """
DROP TRIGGER accounts_membership_keeps_an_owner ON accounts_membership;
DROP FUNCTION accounts_check_last_owner();
DROP TRIGGER accounts_membership_owner_by_consent ON accounts_membership;
DROP FUNCTION accounts_check_new_owner();
DROP TRIGGER accounts_membership_stays ON accounts_membership;
"""

# Steps of one transfer take turns by its number, for its row cannot be locked.
TRANSFERS = """
CREATE FUNCTION accounts_check_transfer() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NOT EXISTS (SELECT FROM accounts_membership
                   WHERE account_id = NEW.account_id AND user_id = NEW.asked_by_id
                     AND role = 'owner') THEN
        RAISE EXCEPTION 'an owner asks for a transfer'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.kind = 'ownership' AND NOT EXISTS (
        SELECT FROM accounts_membership member
        JOIN accounts_account account ON account.id = member.account_id
        WHERE member.account_id = NEW.account_id AND member.user_id = NEW.new_owner_id
          AND account.kind = 'organization') THEN
        RAISE EXCEPTION 'the new owner is a member of the organization'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF NEW.kind = 'key' AND NOT EXISTS (
        SELECT FROM accounts_apikey key
        WHERE key.id = NEW.api_key_id AND key.account_id = NEW.account_id) THEN
        RAISE EXCEPTION 'the key is another account''s'
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_transfer_is_an_owners BEFORE INSERT ON accounts_transfer
    FOR EACH ROW EXECUTE FUNCTION accounts_check_transfer();

CREATE FUNCTION accounts_check_transfer_step() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
DECLARE
    transfer accounts_transfer;
    owns_here boolean;
    owns_there boolean;
BEGIN
    PERFORM pg_advisory_xact_lock(4906050, hashint8(NEW.transfer_id));
    SELECT * INTO STRICT transfer FROM accounts_transfer WHERE id = NEW.transfer_id;
    IF EXISTS (SELECT FROM accounts_transferstep WHERE transfer_id = transfer.id
               AND kind IN ('consented', 'declined', 'refused', 'withdrawn')) THEN
        RAISE EXCEPTION 'transfer % has ended', transfer.public_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    owns_here := EXISTS (SELECT FROM accounts_membership
        WHERE account_id = transfer.account_id AND user_id = NEW.by_id AND role = 'owner');
    owns_there := NEW.by_id = transfer.new_owner_id OR EXISTS (SELECT FROM accounts_membership
        WHERE account_id = transfer.to_account_id AND user_id = NEW.by_id AND role = 'owner');
    IF NEW.kind IN ('agreed', 'declined') AND owns_there IS NOT TRUE THEN
        RAISE EXCEPTION 'only the other side answers' USING ERRCODE = 'integrity_constraint_violation';
    ELSIF NEW.kind = 'withdrawn' AND NOT owns_here THEN
        RAISE EXCEPTION 'only an owner takes it back' USING ERRCODE = 'integrity_constraint_violation';
    ELSIF NEW.kind IN ('proposed', 'consented', 'refused') THEN
        IF NOT EXISTS (SELECT FROM accounts_user WHERE id = NEW.by_id AND is_staff AND is_active)
           OR EXISTS (SELECT FROM accounts_membership WHERE user_id = NEW.by_id
                      AND account_id IN (transfer.account_id, transfer.to_account_id)) THEN
            RAISE EXCEPTION 'staff decide, and none who belong to either side'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.kind <> 'refused' AND NOT EXISTS (SELECT FROM accounts_transferstep
                WHERE transfer_id = transfer.id AND kind = 'agreed') THEN
            RAISE EXCEPTION 'the other side has not agreed'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.kind = 'consented' AND NOT EXISTS (SELECT FROM accounts_transferstep
                WHERE transfer_id = transfer.id AND kind = 'proposed' AND by_id <> NEW.by_id) THEN
            RAISE EXCEPTION 'a consent is proposed by one and given by another'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
        IF NEW.kind = 'consented' AND NOT EXISTS (SELECT FROM accounts_membership
                WHERE account_id = transfer.account_id AND user_id = transfer.asked_by_id
                  AND role = 'owner') THEN
            RAISE EXCEPTION 'whoever asked is no owner any more'
                USING ERRCODE = 'integrity_constraint_violation';
        END IF;
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_transferstep_is_in_turn BEFORE INSERT ON accounts_transferstep
    FOR EACH ROW EXECUTE FUNCTION accounts_check_transfer_step();
"""
TRANSFERS_REVERSE = """
DROP TRIGGER accounts_transferstep_is_in_turn ON accounts_transferstep;
DROP FUNCTION accounts_check_transfer_step();
DROP TRIGGER accounts_transfer_is_an_owners ON accounts_transfer;
DROP FUNCTION accounts_check_transfer();
"""

# A key under a restriction stays where the restriction is; and no key lives longer than was
# said, or again.
KEYS = """
DROP TRIGGER accounts_apikey_stays ON accounts_apikey;
CREATE TRIGGER accounts_apikey_stays
    BEFORE UPDATE OF id, public_id, prefix, digest, created_at, rotated_from_id ON accounts_apikey
    FOR EACH ROW EXECUTE FUNCTION accounts_keep_identity(
        'id', 'public_id', 'prefix', 'digest', 'created_at', 'rotated_from_id');

CREATE FUNCTION accounts_check_key_moves() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF NEW.account_id = OLD.account_id THEN
        RETURN NEW;
    END IF;
    IF NOT EXISTS (
        SELECT FROM accounts_transfer transfer
        JOIN accounts_transferstep step ON step.transfer_id = transfer.id
        WHERE transfer.kind = 'key' AND transfer.api_key_id = OLD.id
          AND transfer.account_id = OLD.account_id AND transfer.to_account_id = NEW.account_id
          AND step.kind = 'consented' AND step.transaction = pg_current_xact_id()) THEN
        RAISE EXCEPTION 'key % goes to another account by a recorded consent only', OLD.public_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    IF EXISTS (
        SELECT FROM accounts_restriction restriction
        WHERE restriction.api_key_id = OLD.id
          AND (restriction.ends_at IS NULL OR restriction.ends_at > common_now())
          AND NOT EXISTS (SELECT FROM accounts_lifting lifting
                          WHERE lifting.restriction_id = restriction.id)) THEN
        RAISE EXCEPTION 'key % is under a restriction', OLD.public_id
            USING ERRCODE = 'integrity_constraint_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_apikey_moves_by_consent BEFORE UPDATE OF account_id ON accounts_apikey
    FOR EACH ROW EXECUTE FUNCTION accounts_check_key_moves();

CREATE FUNCTION accounts_check_key_ends() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF OLD.revoked_at IS NOT NULL AND NEW.revoked_at IS DISTINCT FROM OLD.revoked_at
       OR OLD.expires_at IS NOT NULL
          AND (NEW.expires_at IS NULL OR NEW.expires_at > OLD.expires_at) THEN
        RAISE EXCEPTION 'key % ends when it was said, or sooner', OLD.public_id
            USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_apikey_only_ends BEFORE UPDATE OF expires_at, revoked_at
    ON accounts_apikey FOR EACH ROW EXECUTE FUNCTION accounts_check_key_ends();
"""
KEYS_REVERSE = """
DROP TRIGGER accounts_apikey_only_ends ON accounts_apikey;
DROP FUNCTION accounts_check_key_ends();
DROP TRIGGER accounts_apikey_moves_by_consent ON accounts_apikey;
DROP FUNCTION accounts_check_key_moves();
DROP TRIGGER accounts_apikey_stays ON accounts_apikey;
CREATE TRIGGER accounts_apikey_stays
    BEFORE UPDATE OF id, public_id, account_id, prefix, digest ON accounts_apikey
    FOR EACH ROW EXECUTE FUNCTION accounts_keep_identity(
        'id', 'public_id', 'account_id', 'prefix', 'digest');
"""

# An invitation stays what it is, and once used or withdrawn stays so.
INVITATIONS = """
CREATE FUNCTION accounts_check_invitation() RETURNS trigger
LANGUAGE plpgsql SET search_path = public, pg_temp
AS $$
BEGIN
    IF OLD.accepted_at IS NOT NULL OR OLD.withdrawn_at IS NOT NULL THEN
        RAISE EXCEPTION 'invitation % is over', OLD.public_id USING ERRCODE = 'check_violation';
    END IF;
    RETURN NEW;
END
$$;
CREATE TRIGGER accounts_invitation_is_over BEFORE UPDATE ON accounts_invitation
    FOR EACH ROW EXECUTE FUNCTION accounts_check_invitation();
CREATE TRIGGER accounts_invitation_stays
    BEFORE UPDATE OF id, public_id, account_id, role, address_mark, invited_by_id
    ON accounts_invitation
    FOR EACH ROW EXECUTE FUNCTION accounts_keep_identity(
        'id', 'public_id', 'account_id', 'role', 'address_mark', 'invited_by_id');
"""
INVITATIONS_REVERSE = """
DROP TRIGGER accounts_invitation_stays ON accounts_invitation;
DROP TRIGGER accounts_invitation_is_over ON accounts_invitation;
DROP FUNCTION accounts_check_invitation();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0050_organizations"), ("common", "0002_seals")]

    operations = [
        *[append_only(table, stamp="common_stamp_transaction") for table in FINAL],
        *[to_seal(table) for table in FINAL],
        *[never_deleted(table) for table in KEPT],
        migrations.RunSQL(FIRST_OWNER, FIRST_OWNER_REVERSE),
        migrations.RunSQL(OWNERS, OWNERS_REVERSE),
        migrations.RunSQL(TRANSFERS, TRANSFERS_REVERSE),
        migrations.RunSQL(KEYS, KEYS_REVERSE),
        migrations.RunSQL(INVITATIONS, INVITATIONS_REVERSE),
    ]
