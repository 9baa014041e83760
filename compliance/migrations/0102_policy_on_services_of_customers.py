"""The policy on services that customers run for others (3.5), so that a complaint of a third
party can be decided on a clause. An installation that has one of that code keeps its own."""

from django.db import migrations

CODE, CLAUSE = "services-of-customers", "3.5"
MEDIUM, AFTER = 2, "3.3.5"
TITLES = {"title_zh_hans": "客户向第三方提供的服务", "title_en": "Services to third parties"}
TEXTS = {
    "text_zh_hans": (
        "客户利用平台向第三方提供服务，第三方就该服务提出投诉。相应的权利、义务和责任由客户承担："
        "先将投诉内容转告客户并要求说明，不透露投诉人身份；客户不处理或者问题严重的，再采取措施。"
    ),
    "text_en": (
        "Somebody complains of what a customer offers to others on the platform. The customer "
        "answers for it: pass the complaint on and ask them to say what they do about it, without "
        "telling who complained; act where they do nothing, or where it is grave."
    ),
}


def begin(apps, schema_editor):
    Policy = apps.get_model("compliance", "Policy")
    if Policy.objects.filter(code=CODE).exists():
        return
    before = Policy.objects.filter(clause_number=AFTER).order_by("position").last()
    policy = Policy.objects.create(
        code=CODE, clause_number=CLAUSE, position=before.position + 5 if before else 5
    )
    apps.get_model("compliance", "PolicyVersion").objects.create(
        policy=policy,
        number=1,
        **TITLES,
        **TEXTS,
        severity=MEDIUM,
        allowed_actions=[
            "none",
            "warning",
            "output_restriction",
            "partial_suspension",
            "suspension",
        ],
        default_action="warning",
        strike_points=1,
        tell_authority=False,
    )
    clauses = apps.get_model("accounts", "Clause").objects.filter(
        version__document__slug="terms", number=CLAUSE
    )
    for clause in clauses:
        apps.get_model("compliance", "PolicyBinding").objects.get_or_create(
            policy=policy, clause=clause
        )


# Evidence from the moment a decision cites it: going back leaves it.
class Migration(migrations.Migration):
    dependencies = [("compliance", "0101_signals_are_sealed")]

    operations = [migrations.RunPython(begin, migrations.RunPython.noop)]
