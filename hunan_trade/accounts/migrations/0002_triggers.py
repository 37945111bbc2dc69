"""The version of tokens and accounts, under which tokens are cached (ADR 11)."""

from django.db import migrations

from hunan_trade.table_versions import track_versions


class Migration(migrations.Migration):
    dependencies = [("accounts", "0001_initial")]
    operations = [track_versions("accounts_token", "accounts_user", version_table="accounts_change")]
