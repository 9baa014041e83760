"""The one SQL query behind `accounts.access`, in the order it is put together.

Four questions share it: `BY_ACCOUNT`, `BY_ORGANIZATION`, `BY_KEY` and, for pages, `STATES`.
Parameters: `account` (public identifier; primary key in `STATES`), `digest`, `service`,
`model`, `region`, `at`.
"""

# The document whose clauses conditions rest on.
TERMS = "terms"

# How severe what denies is, the most severe first: access gone for good, ended, suspended,
# output withheld, limited; of each what concerns the whole before what concerns a part. What
# is unknown comes before all, as there is nothing to judge; a condition, or a fact about the
# key or the service, withholds what was asked for as a suspension of the whole does.
_UNKNOWN, _WITHHELD = 0, 30
_RANK = f"""
           CASE restriction.measure WHEN 'disable' THEN 10 WHEN 'terminate' THEN 20
               WHEN 'suspend' THEN {_WITHHELD} WHEN 'output_block' THEN 40 WHEN 'limit' THEN 50 END
           + CASE WHEN num_nonnulls({{parts}}) > 0 THEN 1 ELSE 0 END AS rank
"""
_PARTS = "restriction.service_id, restriction.model_id, restriction.region_id"

# What a restriction says, whether it is one account's or everybody's.
_SAYS = f"""
    SELECT CASE restriction.measure WHEN 'limit' THEN 'limited'
               WHEN 'output_block' THEN 'output_blocked' ELSE 'restricted' END AS code,
           restriction.id AS reference, NULL::text AS source, restriction.measure,
           restriction.clause_id, restriction.reason_zh_hans, restriction.reason_en,
           {{since}} AS since, restriction.ends_at AS until, restriction.limits,
           {_RANK}
"""

# Whether it concerns what is asked about: each of its parts is that of the question, or
# open. A question that names no model is about the service as a whole, so what concerns
# one model leaves it alone; the same goes for regions and keys.
_CONCERNS = """
      AND (restriction.ends_at IS NULL OR restriction.ends_at > %(at)s)
      AND (restriction.service_id IS NULL OR restriction.service_id = service.id)
      AND (restriction.model_id IS NULL OR restriction.model_id = model.id)
      AND (restriction.region_id IS NULL OR restriction.region_id = region.id)
"""

# Restrictions of the account that concern the question. `{moment}` says which: those
# begun, or those still to begin. None holds before its permit allows.
_SINCE = "greatest(restriction.starts_at, permit.not_before)"
_OF_ACCOUNT = f"""
    {_SAYS.format(since=_SINCE, parts=f"{_PARTS}, restriction.api_key_id")}
    FROM accounts_restriction restriction
    JOIN accounts_permit permit ON permit.id = restriction.permit_id
    WHERE restriction.account_id = account.id
      AND {_SINCE} {{moment}} %(at)s
      AND (restriction.api_key_id IS NULL OR restriction.api_key_id = key.id)
      {_CONCERNS}
      AND NOT EXISTS (
          SELECT FROM accounts_lifting lifting
          WHERE lifting.restriction_id = restriction.id AND lifting.recorded_at <= %(at)s)
"""

# Restrictions for everybody.
_OF_PLATFORM = f"""
    {_SAYS.format(since="restriction.starts_at", parts=_PARTS)}
    FROM accounts_platformrestriction restriction
    WHERE restriction.starts_at <= %(at)s
      {_CONCERNS}
      AND NOT EXISTS (
          SELECT FROM accounts_platformlifting lifting
          WHERE lifting.restriction_id = restriction.id AND lifting.recorded_at <= %(at)s)
"""

_BEGUN = f"{_OF_ACCOUNT.format(moment='<=')} UNION ALL {_OF_PLATFORM}"
_TO_BEGIN = _OF_ACCOUNT.format(moment=">")

# Conditions open at the moment. They withhold every service until cleared.
_CONDITIONS = f"""
    SELECT 'condition', NULL, condition.source, NULL, NULL, NULL, NULL, condition.since,
           NULL, NULL, {_WITHHELD}
    FROM accounts_condition condition
    WHERE condition.account_id = account.id
      AND condition.since <= %(at)s
      AND (condition.cleared_at IS NULL OR condition.cleared_at > %(at)s)
"""

# Facts about what was asked. Whatever is named and not found denies.
_FACTS = f"""
    SELECT fact.code, NULL, NULL, NULL, NULL, NULL, NULL, fact.since, NULL::timestamptz, NULL,
           CASE WHEN fact.code LIKE '%%_unknown' THEN {_UNKNOWN} ELSE {_WITHHELD} END
    FROM (VALUES
        ('{{unknown}}', NULL, account.id IS NULL AND {{account_named}}),
        ('key_unknown', NULL, key.id IS NULL AND {{key_named}}),
        ('key_revoked', key.revoked_at, key.revoked_at <= %(at)s),
        ('key_expired', key.expires_at, key.expires_at <= %(at)s),
        ('service_unknown', NULL, service.id IS NULL AND {{service_named}}),
        ('service_retired', service.retired_at, service.retired_at <= %(at)s),
        ('model_unknown', NULL, model.id IS NULL AND %(model)s::text IS NOT NULL),
        ('model_retired', model.retired_at, model.retired_at <= %(at)s),
        ('region_unknown', NULL, region.id IS NULL AND %(region)s::text IS NOT NULL),
        -- A key that lists services is for these only; without a list, for all.
        ('service_not_allowed', key.created_at,
            {{service_named}}
            AND EXISTS (SELECT FROM accounts_apikey_services allowed
                    WHERE allowed.apikey_id = key.id)
            AND NOT EXISTS (SELECT FROM accounts_apikey_services allowed
                    WHERE allowed.apikey_id = key.id AND allowed.service_id = service.id))
    ) AS fact (code, since, holds)
    WHERE fact.holds
"""

# Of several the most severe; of those as severe: no end before an end, a later end before an
# earlier one, then the earliest beginning. Where a limit is the strictest, the least of each
# metric holds, of all of them.
_STRICTEST = """
    WITH held AS MATERIALIZED ({denials})
    SELECT first.code, first.reference, first.source, first.measure, first.clause_id,
           first.reason_zh_hans, first.reason_en, first.since, first.until,
           CASE WHEN first.code = 'limited' THEN (
               SELECT jsonb_object_agg(least.metric, least.most)
               FROM (SELECT entry.key AS metric, min(entry.value::numeric)::bigint AS most
                     FROM held CROSS JOIN LATERAL jsonb_each_text(held.limits) entry
                     GROUP BY entry.key) least
           ) END AS limits
    FROM (
        SELECT * FROM held
        ORDER BY held.rank, held.until DESC NULLS FIRST, held.since NULLS FIRST, held.code
        LIMIT 1
    ) first
"""

# Whether a label exemption stands for what is asked about (3.6.2): of the whole account, or of
# the service. Without a service the question is about the whole, which no part covers.
_EXEMPT = """
       EXISTS (
           SELECT FROM accounts_labelexemption exemption
           LEFT JOIN accounts_labelexemptionend ended
               ON ended.exemption_id = exemption.id AND ended.recorded_at <= %(at)s
           WHERE exemption.account_id = account.id AND ended.id IS NULL
             AND exemption.recorded_at <= %(at)s AND exemption.ends_at > %(at)s
             AND (exemption.service_id IS NULL OR exemption.service_id = service.id)
       ) AS exempt"""

_COLUMNS = f"""account.public_id, denial.code, denial.reference::text, denial.source,
       denial.measure, denial.limits, denial.reason_zh_hans, denial.reason_en,
       denial.since, denial.until,
       clause.number, coalesce(document.slug, terms.slug),
       coalesce(version.number, terms.number), {_EXEMPT}"""

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


def _question(
    *, named: str, account_named: str, key_named: str, unknown: str = "account_unknown"
) -> str:
    facts = _FACTS.format(
        unknown=unknown,
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
LEFT JOIN accounts_inferencemodel model
    ON model.slug = %(model)s::text AND model.service_id = service.id
LEFT JOIN accounts_region region ON region.slug = %(region)s::text
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

# An account that is a person's own is not found.
BY_ORGANIZATION = _question(
    named="""
LEFT JOIN accounts_account account
    ON account.public_id = %(account)s AND account.kind = 'organization'
LEFT JOIN accounts_apikey key ON false
""",
    account_named="true",
    key_named="false",
    unknown="organization_unknown",
)

BY_KEY = _question(
    named="""
LEFT JOIN accounts_apikey key ON key.digest = %(digest)s
LEFT JOIN accounts_account account ON account.id = key.account_id
""",
    account_named="false",
    key_named="true",
)


def _states(begun: str, joined: str, denials: str) -> str:
    return f"""
SELECT {begun}, service.id, {_COLUMNS}
FROM accounts_account account
CROSS JOIN accounts_service service
LEFT JOIN accounts_apikey key ON false
LEFT JOIN accounts_inferencemodel model ON false
LEFT JOIN accounts_region region ON false
{joined} JOIN LATERAL ({denials}) denial ON true
{_CLAUSE}
WHERE account.id = %(account)s AND service.retired_at IS NULL"""


# What is still to begin is asked for with the same columns; the first to begin is shown.
_NEXT = f"SELECT * FROM ({_TO_BEGIN}) denial ORDER BY denial.since, denial.reference LIMIT 1"
STATES = " UNION ALL ".join(
    [
        # Every service, for its labels, whether anything denies it or not.
        _states("true", "LEFT", _STRICTEST.format(denials=f"{_BEGUN} UNION ALL {_CONDITIONS}")),
        _states("false", "INNER", _NEXT),
    ]
)
