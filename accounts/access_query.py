"""The one SQL query behind `accounts.access`, in the order it is put together.

Three questions share it: `BY_ACCOUNT`, `BY_KEY` and, for pages, `STATES`. Parameters:
`account` (public identifier; primary key in `STATES`), `digest`, `service`, `at`.
"""

# The document whose clauses conditions rest on.
TERMS = "terms"

# Restrictions of the account that concern this key and this service. `{moment}` says
# which: those begun, or those still to begin. None holds before its permit allows.
_RESTRICTIONS = """
    SELECT 'restricted' AS code, restriction.id::text AS reference, NULL AS source,
           restriction.clause_id, restriction.reason_zh_hans, restriction.reason_en,
           greatest(restriction.starts_at, permit.not_before) AS since,
           restriction.ends_at AS until
    FROM accounts_restriction restriction
    JOIN accounts_permit permit ON permit.id = restriction.permit_id
    WHERE restriction.account_id = account.id
      AND greatest(restriction.starts_at, permit.not_before) {moment} %(at)s
      AND (restriction.ends_at IS NULL OR restriction.ends_at > %(at)s)
      AND (restriction.api_key_id IS NULL OR restriction.api_key_id = key.id)
      AND (restriction.service_id IS NULL OR restriction.service_id = service.id)
      AND NOT EXISTS (
          SELECT FROM accounts_lifting lifting
          WHERE lifting.restriction_id = restriction.id AND lifting.recorded_at <= %(at)s)
"""

_BEGUN = _RESTRICTIONS.format(moment="<=")
_TO_BEGIN = _RESTRICTIONS.format(moment=">")

# Conditions open at the moment. They withhold every service until cleared.
_CONDITIONS = """
    SELECT 'condition', NULL, condition.source, NULL, NULL, NULL, condition.since, NULL
    FROM accounts_condition condition
    WHERE condition.account_id = account.id
      AND condition.since <= %(at)s
      AND (condition.cleared_at IS NULL OR condition.cleared_at > %(at)s)
"""

# Facts about what was asked. Whatever is named and not found denies.
_FACTS = """
    SELECT fact.code, NULL, NULL, NULL, NULL, NULL, fact.since, NULL::timestamptz
    FROM (VALUES
        ('account_unknown', NULL, account.id IS NULL AND {account_named}),
        ('key_unknown', NULL, key.id IS NULL AND {key_named}),
        ('key_revoked', key.revoked_at, key.revoked_at <= %(at)s),
        ('key_expired', key.expires_at, key.expires_at <= %(at)s),
        ('service_unknown', NULL, service.id IS NULL AND {service_named}),
        ('service_retired', service.retired_at, service.retired_at <= %(at)s),
        -- A key that lists services is for these only; without a list, for all.
        ('service_not_allowed', key.created_at,
            {service_named}
            AND EXISTS (SELECT FROM accounts_apikey_services allowed
                    WHERE allowed.apikey_id = key.id)
            AND NOT EXISTS (SELECT FROM accounts_apikey_services allowed
                    WHERE allowed.apikey_id = key.id AND allowed.service_id = service.id))
    ) AS fact (code, since, holds)
    WHERE fact.holds
"""

# Of several denials: no end before an end, a later end before an earlier one, then the
# earliest beginning; what has none (unknown things) first of all.
_STRICTEST = """
    SELECT * FROM ({denials}) denial
    ORDER BY denial.until DESC NULLS FIRST, denial.since NULLS FIRST, denial.code
    LIMIT 1
"""

_COLUMNS = """account.public_id, denial.code, denial.reference, denial.source,
       denial.reason_zh_hans, denial.reason_en, denial.since, denial.until,
       clause.number, coalesce(document.slug, terms.slug),
       coalesce(version.number, terms.number)"""

# The clause a restriction names, and for a condition the version of the terms in force.
_CLAUSE = f"""
LEFT JOIN accounts_clause clause ON clause.id = denial.clause_id
LEFT JOIN accounts_agreementversion version ON version.id = clause.version_id
LEFT JOIN accounts_agreementdocument document ON document.id = version.document_id
LEFT JOIN LATERAL (
    SELECT document.slug, version.number
    FROM accounts_agreementdocument document
    JOIN accounts_agreementversion version ON version.document_id = document.id
    JOIN accounts_publication publication ON publication.version_id = version.id
    WHERE document.slug = '{TERMS}' AND denial.source IS NOT NULL
    ORDER BY version.number DESC LIMIT 1
) terms ON true
"""


def _question(*, named: str, account_named: str, key_named: str) -> str:
    facts = _FACTS.format(
        account_named=account_named,
        key_named=key_named,
        service_named="%(service)s::text IS NOT NULL",
    )
    strictest = _STRICTEST.format(denials=" UNION ALL ".join([_BEGUN, _CONDITIONS, facts]))
    return f"""
SELECT {_COLUMNS}
FROM (VALUES (1)) AS question
{named}
LEFT JOIN accounts_service service ON service.slug = %(service)s::text
LEFT JOIN LATERAL ({strictest}) denial ON true
{_CLAUSE}"""


BY_ACCOUNT = _question(
    named="""
LEFT JOIN accounts_account account ON account.public_id = %(account)s
LEFT JOIN accounts_apikey key ON key.digest = %(digest)s::text AND key.account_id = account.id
""",
    account_named="true",
    key_named="%(digest)s::text IS NOT NULL",
)

BY_KEY = _question(
    named="""
LEFT JOIN accounts_apikey key ON key.digest = %(digest)s
LEFT JOIN accounts_account account ON account.id = key.account_id
""",
    account_named="false",
    key_named="true",
)


def _states(begun: str, denials: str) -> str:
    return f"""
SELECT {begun}, service.id, {_COLUMNS}
FROM accounts_account account
CROSS JOIN accounts_service service
LEFT JOIN accounts_apikey key ON false
CROSS JOIN LATERAL ({denials}) denial
{_CLAUSE}
WHERE account.id = %(account)s AND service.retired_at IS NULL"""


# What is still to begin is asked for with the same columns; the first to begin is shown.
_NEXT = f"SELECT * FROM ({_TO_BEGIN}) denial ORDER BY denial.since, denial.reference LIMIT 1"
STATES = " UNION ALL ".join(
    [
        _states("true", _STRICTEST.format(denials=f"{_BEGUN} UNION ALL {_CONDITIONS}")),
        _states("false", _NEXT),
    ]
)
