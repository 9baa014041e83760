"""How charges are taken with REST framework as it comes: a serializer of many, `bulk_create`."""

from django.db import models
from rest_framework import serializers
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.models import Account, Service, ServiceClient


class PlainCharge(models.Model):
    """`tests.bench.charges` makes its table, with the columns of `billing_charge`."""

    key = models.CharField(max_length=200, unique=True)
    request_hash = models.CharField(max_length=64, default="")
    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, db_column="wallet_id", related_name="+"
    )
    exact = models.DecimalField(max_digits=30, decimal_places=12)
    posted = models.BigIntegerField(default=0)
    used_at = models.DateTimeField()
    service = models.ForeignKey(Service, on_delete=models.PROTECT, null=True, related_name="+")
    quantities = models.JSONField(null=True)
    client = models.ForeignKey(ServiceClient, on_delete=models.PROTECT, related_name="+")

    class Meta:
        app_label = "billing"
        managed = False
        db_table = "bench_plaincharge"

    def __str__(self):
        return self.key


class PlainChargeSerializer(serializers.ModelSerializer):
    account = serializers.SlugRelatedField(slug_field="public_id", queryset=Account.objects.all())
    service = serializers.SlugRelatedField(slug_field="slug", queryset=Service.objects.all())
    amount = serializers.DecimalField(max_digits=30, decimal_places=18, source="exact")

    class Meta:
        model = PlainCharge
        fields = ["key", "account", "amount", "used_at", "service", "quantities"]


class PlainCharges(APIView):
    """`tests.bench.stock_urls` says who may call it."""

    def post(self, request):
        lines = PlainChargeSerializer(data=request.data["charges"], many=True)
        lines.is_valid(raise_exception=True)
        made = PlainCharge.objects.bulk_create(
            PlainCharge(**line, posted=round(line["exact"] * 10**6), client=request.user)
            for line in lines.validated_data
        )
        return Response({"accepted": len(made)})
