"""What people are told about their money becomes letters of `notices`; the tables of its own
that it had are gone.

Messages keep their identifiers, texts and moments, deliveries their references, so that what
was shown as proof still is; their addresses are encrypted as those of all letters. One
transaction: nobody is told meanwhile. What a worker was about to send stays `sending` and
becomes `unknown`. Going back, letters about money become messages again.
"""

from django.db import migrations

from accounts.phone_numbers import mask_email, mask_phone
from common.encryption import decrypt, encrypt
from common.sql import append_only, never_deleted

BATCH = 2_000
OLD_MODELS = ("moneymessage", "moneyreading", "moneydelivery")

# Whoever writes waits until all is moved, and finds other tables then.
LOCK = "LOCK TABLE billing_moneymessage, billing_moneyreading, billing_moneydelivery"

# As `billing.telling` names them.
OCCASIONS = """
    billing_occasion occasion
    LEFT JOIN billing_refundapplication application ON application.id = occasion.application_id
"""
KIND = "'billing.' || occasion.kind"
KEY = "coalesce(application.public_id, 'occasion:' || occasion.id)"

# Addresses are encrypted outside the database, before anybody has to wait for letters.
ADDRESSES = """
CREATE TEMPORARY TABLE moving (delivery bigint PRIMARY KEY, address text, masked text)
    ON COMMIT DROP
"""
KEEP_ADDRESSES = "INSERT INTO moving SELECT * FROM unnest(%s::bigint[], %s::text[], %s::text[])"
# What a delivery says beside its address.
SAID = """sent.channel, sent.state, sent.tries, sent.not_before, sent.lease_until, sent.reference,
    sent.settled_at, sent.provider_reference, sent.answer"""
COLUMNS = SAID.replace("sent.", "")

OLD_ADDRESSES = f"""
SELECT sent.id, message.public_id, sent.channel, sent.address
FROM billing_moneydelivery sent JOIN billing_moneymessage message ON message.id = sent.message_id
WHERE sent.id > %s ORDER BY sent.id LIMIT {BATCH}
"""
FORWARD = (
    f"""
    INSERT INTO notices_letter (recorded_at, public_id, kind, key, account_id, recipient_id,
        masked, address_mark, language, subject, body, sms)
    SELECT message.recorded_at, message.public_id, {KIND}, {KEY}, occasion.account_id,
        message.recipient_id, '', '', message.language, message.subject, message.body, message.sms
    FROM {OCCASIONS} JOIN billing_moneymessage message ON message.occasion_id = occasion.id
    ORDER BY message.id
    """,
    """
    INSERT INTO notices_letterreading (recorded_at, letter_id)
    SELECT reading.recorded_at, letter.id
    FROM billing_moneyreading reading
    JOIN billing_moneymessage message ON message.id = reading.message_id
    JOIN notices_letter letter ON letter.public_id = message.public_id
    ORDER BY reading.id
    """,
    f"""
    INSERT INTO notices_letterdelivery (letter_id, address, masked, {COLUMNS})
    SELECT letter.id, moving.address, moving.masked, {SAID}
    FROM moving JOIN billing_moneydelivery sent ON sent.id = moving.delivery
    JOIN billing_moneymessage message ON message.id = sent.message_id
    JOIN notices_letter letter ON letter.public_id = message.public_id
    ORDER BY sent.id
    """,
)

NEW_ADDRESSES = f"""
SELECT sent.id, letter.public_id, sent.channel, sent.address
FROM notices_letterdelivery sent
JOIN notices_letter letter ON letter.id = sent.letter_id
WHERE letter.kind LIKE 'billing.%%' AND sent.id > %s ORDER BY sent.id LIMIT {BATCH}
"""
BACK = (
    f"""
    INSERT INTO billing_moneymessage (recorded_at, public_id, occasion_id, recipient_id, language,
        subject, body, sms)
    SELECT letter.recorded_at, letter.public_id, occasion.id, letter.recipient_id,
        letter.language, letter.subject, letter.body, letter.sms
    FROM {OCCASIONS} JOIN notices_letter letter ON letter.kind = {KIND} AND letter.key = {KEY}
    ORDER BY letter.id
    """,
    """
    INSERT INTO billing_moneyreading (recorded_at, message_id)
    SELECT reading.recorded_at, message.id
    FROM notices_letterreading reading
    JOIN notices_letter letter ON letter.id = reading.letter_id
    JOIN billing_moneymessage message ON message.public_id = letter.public_id
    ORDER BY reading.id
    """,
    f"""
    INSERT INTO billing_moneydelivery (message_id, address, {COLUMNS})
    SELECT message.id, moving.address, {SAID}
    FROM moving JOIN notices_letterdelivery sent ON sent.id = moving.delivery
    JOIN notices_letter letter ON letter.id = sent.letter_id
    JOIN billing_moneymessage message ON message.public_id = letter.public_id
    ORDER BY sent.id
    """,
    """
    DELETE FROM notices_letterdelivery sent USING notices_letter letter, billing_moneymessage message
    WHERE letter.id = sent.letter_id AND message.public_id = letter.public_id
    """,
    """
    DELETE FROM notices_letterreading reading
    USING notices_letter letter, billing_moneymessage message
    WHERE letter.id = reading.letter_id AND message.public_id = letter.public_id
    """,
    """
    DELETE FROM notices_letter letter USING billing_moneymessage message
    WHERE message.public_id = letter.public_id
    """,
)


def become_letters(apps, schema_editor):
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(ADDRESSES)
        move_addresses(cursor, OLD_ADDRESSES, sealed)
        run(cursor, FORWARD, past="is_stamped")  # letters have the moments of the messages


def become_messages(apps, schema_editor):
    """Raises `CannotDecrypt`, and nothing has changed, if a key is missing. The tables have no
    guards yet, so the moments stay here too."""
    with schema_editor.connection.cursor() as cursor:
        cursor.execute(ADDRESSES)
        move_addresses(cursor, NEW_ADDRESSES, opened)
        run(cursor, BACK, past="is_final")


def move_addresses(cursor, read, change):
    """Each address of `read` into the table `moving`, changed."""
    last = 0
    while True:
        cursor.execute(read, [last])
        rows = [change(*row) for row in cursor.fetchall()]
        if not rows:
            return
        cursor.execute(KEEP_ADDRESSES, [list(column) for column in zip(*rows, strict=True)])
        last = rows[-1][0]


def sealed(delivery, letter, channel, address):
    """As `notices.letters` keeps them."""
    masked = mask_email(address) or "***" if channel == "email" else mask_phone(address)
    return delivery, encrypt(address, purpose=f"notices.letter:{letter}"), masked


def opened(delivery, letter, channel, address):
    return delivery, decrypt(address, purpose=f"notices.letter:{letter}"), ""


def run(cursor, statements, *, past):
    """Runs them past one guard of letters and readings: evidence is final for everybody but
    a migration."""
    for table in ("notices_letter", "notices_letterreading"):
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER {table}_{past}")
    for statement in statements:
        cursor.execute(statement)
    # A table with checks that wait for the end of the transaction cannot be altered.
    cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
    cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    for table in ("notices_letter", "notices_letterreading"):
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER {table}_{past}")


def forget_permissions(apps, schema_editor):
    """Those of the tables that go, which groups of staff would keep. Going back, Django makes
    them again."""
    types = apps.get_model("contenttypes", "ContentType").objects
    types.filter(app_label="billing", model__in=OLD_MODELS).delete()


def without(guard):
    return migrations.RunSQL(guard.reverse_sql, guard.sql)


class Migration(migrations.Migration):
    dependencies = [
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("billing", "0025_messages_without_foreign_keys"),
        ("notices", "0018_letters"),
    ]

    operations = [
        migrations.RunSQL(LOCK, migrations.RunSQL.noop),
        without(append_only("billing_moneymessage")),
        without(append_only("billing_moneyreading")),
        without(never_deleted("billing_moneydelivery")),
        migrations.RunPython(become_letters, become_messages),
        migrations.RunPython(forget_permissions, migrations.RunPython.noop),
        migrations.DeleteModel("MoneyReading"),
        migrations.DeleteModel("MoneyDelivery"),
        migrations.DeleteModel("MoneyMessage"),
    ]
