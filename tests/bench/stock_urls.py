"""What the back office is compared with: the stock admin, and a plain view of REST framework."""

from django.contrib import admin
from django.urls import path
from rest_framework import serializers
from rest_framework.authentication import TokenAuthentication
from rest_framework.permissions import IsAuthenticated
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts import credentials
from accounts.admin.accounts import OWNERS
from accounts.models import Account, ApiKey, ClientToken
from billing.models import Journal
from notices.models import Notice
from tests.bench.stock_charges import PlainCharges


class StockAccounts(admin.ModelAdmin):
    list_display = ["name", "kind", "owner", "public_id", "time_zone", "created_at"]
    list_filter = ["kind"]
    list_select_related = ["holder"]
    search_fields = [
        "name",
        "public_id",
        "memberships__user__phone",
        "memberships__user__contact_email",
    ]
    ordering = ["-pk"]
    list_per_page = 50

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related(OWNERS)

    @admin.display(description="owner")
    def owner(self, account):
        return account.holder or ", ".join(str(one.user) for one in account.owners)


class StockNotices(admin.ModelAdmin):
    list_display = ["__str__", "recipient", "phase", "language", "recorded_at"]
    list_filter = ["expansion__phase", "language"]
    list_select_related = ["body", "recipient", "expansion"]
    search_fields = [
        "public_id",
        "recipient__name",
        "recipient__phone",
        "recipient__contact_email",
        "recipient__public_id",
    ]
    ordering = ["-pk"]
    list_per_page = 50

    @admin.display(ordering="expansion__phase")
    def phase(self, notice):
        return notice.expansion.get_phase_display()


class StockJournals(admin.ModelAdmin):
    list_display = ["number", "kind", "account", "amount", "effective_at", "recorded_at"]
    list_filter = ["kind"]
    list_select_related = ["account"]
    search_fields = ["key", "account__name", "account__public_id"]
    ordering = ["-pk"]
    list_per_page = 50

    def get_queryset(self, request):
        return super().get_queryset(request).prefetch_related("entries")

    @admin.display(ordering="pk")
    def number(self, journal):
        return journal.pk

    @admin.display
    def amount(self, journal):
        return sum(entry.amount for entry in journal.entries.all() if entry.amount > 0)


class Token(TokenAuthentication):
    """REST framework's own way: a token looked up by the ORM; ours keep hashes."""

    keyword = "Bearer"

    def authenticate_credentials(self, key):
        token = ClientToken.objects.select_related("client").get(digest=credentials.digest(key))
        return token.client, token


class KeySerializer(serializers.ModelSerializer):
    class Meta:
        model = ApiKey
        fields = ["public_id", "account", "name", "created_at", "expires_at", "revoked_at"]


class PlainView(APIView):
    """One indexed SELECT by the ORM, answered by a serializer."""

    authentication_classes = [Token]
    permission_classes = [IsAuthenticated]

    def get(self, request):
        key = ApiKey.objects.get(digest=request.query_params["key_digest"])
        return Response(KeySerializer(key).data)


site = admin.AdminSite()
site.register(Account, StockAccounts)
site.register(Notice, StockNotices)
site.register(Journal, StockJournals)
charges = PlainCharges.as_view(authentication_classes=[Token], permission_classes=[IsAuthenticated])
urlpatterns = [
    path("admin/", site.urls),
    path("api/v1/access", PlainView.as_view()),
    path("api/v1/charges", charges),
]
