"""The usual terms that an installation begins with, to be looked over with counsel.

Versions are final, so each policy that has a term gets its next version. Left alone are
those that somebody wrote on, and those whose usual action lasts until something is proved:
an account in other hands (1.2.4, 1.2.6), a use that has to end (1.2.8(b)).
"""

from django.db import migrations

DAYS = {
    "organization-use": 7,
    "excessive-load": 7,
    "reverse-engineering": 30,
    "key-trade": 30,
    "circumvention": 30,
    "impersonation": 30,
    "harvesting": 30,
    "illegal-organizations": 90,
    "ethnic-hatred": 90,
    "obscenity-and-violence": 90,
    "unlawful-assembly": 90,
    "threats-and-doxing": 90,
    "attack-on-systems": 90,
    "malware": 90,
    "against-the-constitution": 180,
    "national-security": 180,
    "harm-to-minors": 180,
    "output-against-rights": 30,
    "output-restriction": 30,
    "model-licences": 30,
}
# What a later version takes over from the one before.
SAME = (
    "policy_id",
    "title_zh_hans",
    "title_en",
    "text_zh_hans",
    "text_en",
    "severity",
    "allowed_actions",
    "default_action",
    "strike_points",
    "tell_authority",
)
ENDING = ("rate_limit", "partial_suspension", "output_restriction", "suspension")


def begin(apps, schema_editor):
    PolicyVersion = apps.get_model("compliance", "PolicyVersion")
    for policy in apps.get_model("compliance", "Policy").objects.filter(code__in=DAYS):
        newest = policy.versions.order_by("-number").first()
        if newest is None or newest.written_by_id is not None or newest.number != 1:
            continue
        if newest.default_action not in ENDING:
            continue
        PolicyVersion.objects.create(
            number=2,
            default_days=DAYS[policy.code],
            **{name: getattr(newest, name) for name in SAME},
        )


class Migration(migrations.Migration):
    dependencies = [("compliance", "0081_usual_terms")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
