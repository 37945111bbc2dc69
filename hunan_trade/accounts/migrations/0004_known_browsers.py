"""Counts of wrong passwords by browser and by address (ADR 16)."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0003_fetched_tokens")]
    operations = [
        migrations.CreateModel(
            name="AddressFailures",
            fields=[
                ("address", models.GenericIPAddressField(primary_key=True, serialize=False)),
                ("forgiven_at", models.DateTimeField()),
            ],
            options={"verbose_name": "地址的登录失败"},
        ),
        migrations.AddField(
            "loginfailures",
            "known_to",
            models.ForeignKey(
                null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.user"
            ),
        ),
    ]
