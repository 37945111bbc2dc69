import datetime

import django.db.models.deletion
import django.db.models.expressions
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("regions", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="AddressFailures",
            fields=[
                ("address", models.GenericIPAddressField(primary_key=True, serialize=False)),
                ("forgiven_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "地址的登录失败",
            },
        ),
        migrations.CreateModel(
            name="User",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128, verbose_name="password")),
                ("last_login", models.DateTimeField(blank=True, null=True, verbose_name="last login")),
                ("username", models.CharField(max_length=150, unique=True, verbose_name="用户名")),
                ("name", models.CharField(max_length=40, verbose_name="姓名")),
                ("phone", models.CharField(blank=True, max_length=30, verbose_name="电话")),
                ("email", models.EmailField(blank=True, max_length=254, verbose_name="邮箱")),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("province_officer", "省厅经办"),
                            ("province_lead", "省厅负责人"),
                            ("city_reporter", "市州填报"),
                            ("city_lead", "市州负责人"),
                            ("administrator", "系统管理员"),
                            ("security_officer", "安全管理员"),
                            ("auditor", "安全审计员"),
                        ],
                        max_length=20,
                        verbose_name="角色",
                    ),
                ),
                ("is_active", models.BooleanField(default=True, verbose_name="启用")),
                ("must_change_password", models.BooleanField(default=True, verbose_name="须改密码")),
                ("password_changed_at", models.DateTimeField(null=True, verbose_name="密码修改时间")),
                ("session_epoch", models.PositiveIntegerField(default=1, verbose_name="会话批次")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="开户时间"),
                ),
                (
                    "region",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                        verbose_name="所属市州",
                    ),
                ),
            ],
            options={
                "verbose_name": "账号",
                "ordering": ["username"],
            },
        ),
        migrations.CreateModel(
            name="LoginFailures",
            fields=[
                ("name", models.CharField(max_length=150, primary_key=True, serialize=False)),
                ("count", models.PositiveIntegerField(default=0)),
                ("last_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("locked_until", models.DateTimeField(null=True)),
                (
                    "known_to",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="accounts.user"
                    ),
                ),
            ],
            options={
                "verbose_name": "登录失败",
            },
        ),
        migrations.CreateModel(
            name="PasswordLink",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("digest", models.CharField(max_length=64, unique=True)),
                ("second_digest", models.CharField(blank=True, max_length=64)),
                (
                    "role",
                    models.CharField(
                        blank=True,
                        choices=[
                            ("province_officer", "省厅经办"),
                            ("province_lead", "省厅负责人"),
                            ("city_reporter", "市州填报"),
                            ("city_lead", "市州负责人"),
                            ("administrator", "系统管理员"),
                            ("security_officer", "安全管理员"),
                            ("auditor", "安全审计员"),
                        ],
                        max_length=20,
                    ),
                ),
                ("reason", models.CharField(blank=True, max_length=520, verbose_name="事由")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("released_at", models.DateTimeField(null=True)),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                (
                    "asked_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.user"
                    ),
                ),
                (
                    "released_by",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="accounts.user"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="password_links",
                        to="accounts.user",
                    ),
                ),
            ],
            options={
                "verbose_name": "激活码",
            },
        ),
        migrations.CreateModel(
            name="SessionRecord",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("session_key", models.CharField(max_length=40, unique=True)),
                ("epoch", models.PositiveIntegerField()),
                ("started_at", models.DateTimeField(verbose_name="登录时间")),
                ("seen_at", models.DateTimeField(verbose_name="最近使用")),
                ("ip", models.GenericIPAddressField(null=True, verbose_name="地址")),
                ("browser", models.CharField(blank=True, max_length=200, verbose_name="浏览器")),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="session_records", to="accounts.user"
                    ),
                ),
            ],
            options={
                "verbose_name": "登录会话",
                "ordering": ["-started_at"],
            },
        ),
        migrations.CreateModel(
            name="Token",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("prefix", models.CharField(max_length=12, unique=True, verbose_name="令牌前缀")),
                ("digest", models.CharField(max_length=64, null=True, unique=True, verbose_name="摘要")),
                ("label", models.CharField(max_length=80, verbose_name="用途")),
                (
                    "scope",
                    models.CharField(
                        choices=[
                            ("read", "读取"),
                            ("submit", "填报"),
                            ("register", "维护名录"),
                            ("contacts", "读取联系方式"),
                        ],
                        max_length=10,
                        verbose_name="范围",
                    ),
                ),
                ("networks", models.JSONField(blank=True, default=list, verbose_name="允许地址")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="批准时间"),
                ),
                ("fetched_at", models.DateTimeField(null=True, verbose_name="领取时间")),
                ("expires_at", models.DateTimeField(verbose_name="到期时间")),
                ("last_used_at", models.DateTimeField(null=True, verbose_name="最近使用")),
                ("revoked_at", models.DateTimeField(null=True, verbose_name="吊销时间")),
                (
                    "granted_by",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="批准人",
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="tokens",
                        to="accounts.user",
                        verbose_name="代表账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "接口令牌",
                "ordering": ["-created_at"],
            },
        ),
        migrations.CreateModel(
            name="UsedPassword",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("password", models.CharField(max_length=128)),
                ("changed_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE, related_name="used_passwords", to="accounts.user"
                    ),
                ),
            ],
            options={
                "verbose_name": "用过的密码",
                "ordering": ["-changed_at"],
            },
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "role__in",
                        [
                            "",
                            "province_officer",
                            "province_lead",
                            "city_reporter",
                            "city_lead",
                            "administrator",
                            "security_officer",
                            "auditor",
                        ],
                    )
                ),
                name="user_role_known",
            ),
        ),
        migrations.AddConstraint(
            model_name="user",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("region__isnull", False), ("role__in", ["city_lead", "city_reporter"])),
                    (
                        "role__in",
                        ["", "administrator", "auditor", "province_lead", "province_officer", "security_officer"],
                    ),
                    _connector="OR",
                ),
                name="user_city_role_has_city",
            ),
        ),
        migrations.AddConstraint(
            model_name="passwordlink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("used_at", None), ("user__isnull", False)),
                fields=("user",),
                name="password_link_one_an_account",
            ),
        ),
        migrations.AddConstraint(
            model_name="passwordlink",
            constraint=models.UniqueConstraint(
                condition=models.Q(("used_at", None), ("user", None)),
                fields=("role",),
                name="password_link_one_a_first_keeper",
            ),
        ),
        migrations.AddConstraint(
            model_name="passwordlink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("released_at", None), ("released_by", None), ("second_digest", "")),
                    models.Q(models.Q(("second_digest", ""), _negated=True), ("released_at__isnull", False)),
                    _connector="OR",
                ),
                name="password_link_released_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="passwordlink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    ("released_by", None),
                    models.Q(
                        models.Q(("released_by", models.F("asked_by")), _negated=True),
                        models.Q(("released_by", models.F("user")), _negated=True),
                    ),
                    _connector="OR",
                ),
                name="password_link_released_by_another",
            ),
        ),
        migrations.AddConstraint(
            model_name="passwordlink",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("role", ""), ("user__isnull", False)),
                    models.Q(("role__in", ["administrator", "security_officer"]), ("user__isnull", True)),
                    _connector="OR",
                ),
                name="password_link_for_account_or_first_keeper",
            ),
        ),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.CheckConstraint(
                condition=models.Q(("scope__in", ["read", "submit", "register", "contacts"])), name="token_scope_known"
            ),
        ),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("digest", None), ("fetched_at", None)),
                    models.Q(("digest__isnull", False), ("fetched_at__isnull", False)),
                    _connector="OR",
                ),
                name="token_fetched_whole",
            ),
        ),
        migrations.AddConstraint(
            model_name="token",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    (
                        "expires_at__lte",
                        django.db.models.expressions.CombinedExpression(
                            models.F("created_at"), "+", models.Value(datetime.timedelta(days=366))
                        ),
                    )
                ),
                name="token_at_most_a_year",
            ),
        ),
    ]
