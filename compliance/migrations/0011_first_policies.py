"""The policies that an installation begins with, on the clauses of the terms it has.

A policy for each clause that can be broken or asked for; severity, actions, strike points
and whether an authority is told are a beginning, to be looked over with counsel.
"""

from django.db import migrations

from compliance.migrations import _policies_in_chinese, _policies_in_english

LOW, MEDIUM, HIGH, CRITICAL = 1, 2, 3, 4
ACTIONS = {
    "N": "none",
    "W": "warning",
    "C": "content_order",
    "O": "output_restriction",
    "R": "rate_limit",
    "L": "ledger_hold",
    "P": "partial_suspension",
    "S": "suspension",
    "T": "termination",
    "D": "permanent_disabling",
}
TOLD = True
CATCH_ALL = "catch-all"

# Code, clause, severity, actions allowed, usual action, strike points, an authority is told.
POLICIES = (
    ("account-security", "1.2.4", HIGH, "NWLPS", "S", 0, False),
    ("account-name", "1.2.5", LOW, "NWST", "W", 1, False),
    ("account-transfer", "1.2.6", HIGH, "NWLSTD", "S", 3, False),
    ("organization-use", "1.2.7", MEDIUM, "NWRPSTD", "P", 2, False),
    ("excluded-occasions", "1.2.8(b)", HIGH, "NWOPST", "P", 3, False),
    ("user-dispute", "1.5", MEDIUM, "NWCRPS", "W", 1, False),
    ("reverse-engineering", "2.2.1", HIGH, "NWPSTD", "S", 4, False),
    ("key-trade", "2.2.2", HIGH, "NWLPSTD", "S", 4, False),
    ("resale", "2.2.3", MEDIUM, "NWPST", "W", 3, False),
    ("excessive-load", "2.2.4", MEDIUM, "NWRPS", "R", 1, False),
    ("against-the-constitution", "2.2.5(a)", CRITICAL, "NWCOPSTD", "S", 8, TOLD),
    ("national-security", "2.2.5(b)", CRITICAL, "NWCOPSTD", "S", 10, TOLD),
    ("national-honour", "2.2.5(c)", HIGH, "NWCOPSTD", "C", 5, TOLD),
    ("regional-hatred", "2.2.5(d)", HIGH, "NWCOPST", "C", 4, False),
    ("ethnic-hatred", "2.2.5(e)", CRITICAL, "NWCOPSTD", "S", 6, TOLD),
    ("cults", "2.2.5(f)", HIGH, "NWCOPSTD", "C", 5, TOLD),
    ("rumours", "2.2.5(g)", HIGH, "NWCOPST", "C", 4, TOLD),
    ("obscenity-and-violence", "2.2.5(h)", CRITICAL, "NWCOPSTD", "S", 6, TOLD),
    ("insult", "2.2.5(i)", MEDIUM, "NWCOPST", "C", 3, False),
    ("unlawful-assembly", "2.2.5(j)", CRITICAL, "NWCOPSTD", "S", 6, TOLD),
    ("illegal-organizations", "2.2.5(k)", HIGH, "NWCOPSTD", "S", 5, TOLD),
    ("work-of-others", "2.2.5(l)", MEDIUM, "NWCOPS", "C", 2, False),
    ("prior-rights", "2.2.5(m)", MEDIUM, "NWCOPS", "C", 2, False),
    ("threats-and-doxing", "2.2.5(n)", CRITICAL, "NWCOPSTD", "S", 6, TOLD),
    ("personal-data-of-others", "2.2.5(o)", HIGH, "NWCOPST", "C", 4, False),
    ("other-rights", "2.2.5(p)", MEDIUM, "NWCOPST", "C", 3, False),
    ("harm-to-minors", "2.2.5(q)", CRITICAL, "NWCOPSTD", "S", 8, TOLD),
    ("secret-recording", "2.2.5(r)", HIGH, "NWCOPST", "C", 4, False),
    ("seven-bottom-lines", "2.2.5(s)", HIGH, "NWCOPST", "C", 3, False),
    ("forbidden-by-law", "2.2.5(t)", HIGH, "NWCOPSTD", "C", 4, TOLD),
    ("circumvention", "2.2.6", HIGH, "NWRPSTD", "S", 4, False),
    ("attack-on-systems", "2.2.7", CRITICAL, "NWRLPSTD", "S", 6, TOLD),
    ("spam", "2.2.8", MEDIUM, "NWRPST", "W", 2, False),
    ("malware", "2.2.9", CRITICAL, "NWCRPSTD", "S", 6, TOLD),
    ("impersonation", "2.2.10", HIGH, "NWCLPSTD", "S", 4, False),
    ("harvesting", "2.2.11", HIGH, "NWRPSTD", "P", 4, False),
    (CATCH_ALL, "2.2.12", MEDIUM, "NWRPST", "W", 2, False),
    ("scope-of-interaction-data", "3.1", LOW, "NC", "N", 0, False),
    ("unlawful-interaction-data", "3.2", HIGH, "NWCOPS", "C", 3, False),
    ("proof-of-source", "3.3.1", MEDIUM, "NWCPS", "W", 1, False),
    ("rights-in-data", "3.3.2", HIGH, "NWCPST", "C", 3, False),
    ("harmful-data", "3.3.3", MEDIUM, "NWCPST", "C", 3, False),
    ("children-under-14", "3.3.4", CRITICAL, "NWCPST", "C", 5, False),
    ("harmful-content", "3.3.5", HIGH, "NWCOPST", "C", 3, False),
    ("scope-of-intellectual-property", "4.1", LOW, "NW", "N", 0, False),
    ("platform-rights", "4.2", HIGH, "NWCOPSTD", "W", 4, False),
    ("output-against-rights", "4.3(a)", MEDIUM, "NWCOPS", "O", 3, False),
    ("output-restriction", "4.3(b)", HIGH, "NWCOPST", "O", 3, False),
    ("output-labelling", "4.3(c)", MEDIUM, "NWOPS", "W", 2, False),
    ("model-licences", "4.3(d)", MEDIUM, "NWOPST", "O", 3, False),
    ("confidentiality", "5", HIGH, "NWLPSTD", "W", 4, False),
)


def begin(apps, schema_editor):
    Policy = apps.get_model("compliance", "Policy")
    PolicyVersion = apps.get_model("compliance", "PolicyVersion")
    there = set(Policy.objects.values_list("code", flat=True))
    for position, row in enumerate(POLICIES, start=1):
        code, clause_number, severity, allowed, usual, points, told = row
        if code in there:
            continue
        policy = Policy.objects.create(
            code=code,
            clause_number=clause_number,
            position=position * 10,
            supervisors_only=code == CATCH_ALL,
        )
        title_zh_hans, text_zh_hans = _policies_in_chinese.POLICIES[code]
        title_en, text_en = _policies_in_english.POLICIES[code]
        PolicyVersion.objects.create(
            policy=policy,
            number=1,
            title_zh_hans=title_zh_hans,
            title_en=title_en,
            text_zh_hans=text_zh_hans,
            text_en=text_en,
            severity=severity,
            allowed_actions=[ACTIONS[letter] for letter in allowed],
            default_action=ACTIONS[usual],
            strike_points=points,
            tell_authority=told,
        )


def bind(apps, schema_editor):
    """To every version of the terms that is there already."""
    PolicyBinding = apps.get_model("compliance", "PolicyBinding")
    Clause = apps.get_model("accounts", "Clause")
    policies = {
        policy.clause_number: policy
        for policy in apps.get_model("compliance", "Policy").objects.all()
    }
    clauses = Clause.objects.filter(version__document__slug="terms", number__in=policies)
    for clause in clauses:
        PolicyBinding.objects.get_or_create(policy=policies[clause.number], clause=clause)


# Versions and bindings are evidence from the moment a decision cites them; going back
# removes them only with the tables themselves, and coming here again keeps them.
class Migration(migrations.Migration):
    dependencies = [("compliance", "0010_due_dates_and_reasons")]

    operations = [
        # A policy may come back to a clause that it stood on before.
        migrations.RemoveConstraint(
            model_name="policybinding", name="compliance_policybinding_once"
        ),
        migrations.RunPython(begin, migrations.RunPython.noop),
        migrations.RunPython(bind, migrations.RunPython.noop),
    ]
