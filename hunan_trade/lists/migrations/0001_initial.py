import uuid

import django.contrib.postgres.fields
import django.db.models.deletion
import django.db.models.functions.datetime
from django.contrib.postgres.operations import TrigramExtension
from django.db import migrations, models

from hunan_trade.lists.search.search_functions_sql import create_search_functions


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
        ("files", "0001_initial"),
        ("jobs", "0001_initial"),
        ("regions", "0002_triggers"),
    ]

    operations = [
        TrigramExtension(),
        create_search_functions(),
        migrations.CreateModel(
            name="Act",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                (
                    "kind",
                    models.CharField(
                        choices=[
                            ("loaded", "载入"),
                            ("published", "发布"),
                            ("created", "登记"),
                            ("edited", "修改"),
                            ("deleted", "删除"),
                            ("bulk", "批量修改"),
                            ("imported", "导入"),
                            ("moved", "办理"),
                            ("taken_back", "撤回"),
                            ("undone", "整批撤销"),
                            ("attached", "添加附件"),
                            ("detached", "移除附件"),
                        ],
                        max_length=10,
                        verbose_name="方式",
                    ),
                ),
                ("listing", models.CharField(max_length=40, verbose_name="名录")),
                ("by_name", models.CharField(max_length=150, verbose_name="经手")),
                ("at", models.DateTimeField(verbose_name="时间")),
                ("reason", models.TextField(blank=True, verbose_name="原因")),
                ("reference", models.CharField(blank=True, max_length=60, verbose_name="来由")),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="经手人",
                    ),
                ),
            ],
            options={
                "verbose_name": "办理",
                "indexes": [
                    models.Index(
                        condition=models.Q(("reference", ""), _negated=True),
                        fields=["reference"],
                        name="act_by_reference",
                    ),
                    models.Index(
                        condition=models.Q(("kind", "attached")), fields=["by", "at"], name="act_of_attaching"
                    ),
                ],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            (
                                "kind__in",
                                [
                                    "loaded",
                                    "published",
                                    "created",
                                    "edited",
                                    "deleted",
                                    "bulk",
                                    "imported",
                                    "moved",
                                    "taken_back",
                                    "undone",
                                    "attached",
                                    "detached",
                                ],
                            )
                        ),
                        name="act_kind_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("by_name", ""), _negated=True), name="act_says_who"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Attachment",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("listing", models.CharField(max_length=40, verbose_name="名录")),
                ("record", models.BigIntegerField(verbose_name="记录")),
                ("name", models.CharField(max_length=100, verbose_name="文件名")),
                ("kind", models.CharField(max_length=4, verbose_name="类型")),
                ("document", models.CharField(blank=True, max_length=30, verbose_name="文件种类")),
                (
                    "added",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="lists.act",
                        verbose_name="添加",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.storedfile",
                        verbose_name="文件",
                    ),
                ),
                (
                    "removed",
                    models.ForeignKey(
                        db_index=False,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="lists.act",
                        verbose_name="移除",
                    ),
                ),
            ],
            options={
                "verbose_name": "附件",
                "indexes": [models.Index(fields=["listing", "record"], name="attachments_of_record")],
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("removed", None)),
                        fields=("listing", "record", "file"),
                        name="attachment_once_a_record",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("kind__in", ["pdf", "jpg", "png", "docx", "xlsx"])),
                        name="attachment_kind_known",
                    ),
                    models.CheckConstraint(condition=models.Q(("name", ""), _negated=True), name="attachment_named"),
                ],
            },
        ),
        migrations.CreateModel(
            name="BulkEdit",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("listing", models.CharField(max_length=40, verbose_name="名录")),
                ("operations", models.JSONField(verbose_name="改法")),
                ("reason", models.TextField(verbose_name="原因")),
                (
                    "keys",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.BigIntegerField(), size=None, verbose_name="记录"
                    ),
                ),
                (
                    "versions",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.PositiveIntegerField(), size=None, verbose_name="版本"
                    ),
                ),
                ("query", models.TextField(blank=True, verbose_name="条件")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="时间"),
                ),
                ("written_at", models.DateTimeField(null=True, verbose_name="写入时间")),
                (
                    "by",
                    models.ForeignKey(
                        db_index=False,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="经手人",
                    ),
                ),
            ],
            options={
                "verbose_name": "批量修改",
            },
        ),
        migrations.CreateModel(
            name="ColumnChoice",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("listing", models.CharField(max_length=40, verbose_name="名录")),
                (
                    "columns",
                    django.contrib.postgres.fields.ArrayField(
                        base_field=models.CharField(max_length=40), size=None, verbose_name="列"
                    ),
                ),
                (
                    "user",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="账号",
                    ),
                ),
            ],
            options={
                "verbose_name": "列的选择",
                "constraints": [models.UniqueConstraint(fields=("user", "listing"), name="columns_chosen_once")],
            },
        ),
        migrations.CreateModel(
            name="ListDownload",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("listing", models.CharField(max_length=40, verbose_name="名录")),
                ("address", models.TextField(verbose_name="条件")),
                ("role", models.CharField(max_length=20, verbose_name="角色")),
                ("region", models.CharField(blank=True, max_length=6, verbose_name="地区")),
                ("asked_at", models.DateTimeField(verbose_name="要求时间")),
                ("created_at", models.DateTimeField(db_default=django.db.models.functions.datetime.Now())),
                ("name", models.CharField(blank=True, max_length=120, verbose_name="文件名")),
                ("count", models.PositiveIntegerField(null=True, verbose_name="条数")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="导出人",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.storedfile",
                        verbose_name="文件",
                    ),
                ),
                (
                    "job",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="jobs.job",
                        verbose_name="任务",
                    ),
                ),
            ],
            options={
                "verbose_name": "导出",
                "ordering": ["-created_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            models.Q(("count", None), ("file", None), ("name", "")),
                            models.Q(
                                ("count__isnull", False),
                                ("file__isnull", False),
                                models.Q(("name", ""), _negated=True),
                            ),
                            _connector="OR",
                        ),
                        name="download_file_with_name_and_count",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="SavedView",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("listing", models.CharField(max_length=40, verbose_name="名录")),
                ("title", models.CharField(max_length=20, verbose_name="名称")),
                ("parameters", models.JSONField(default=dict, verbose_name="条件")),
                ("words", models.JSONField(default=dict, verbose_name="条件文字")),
                ("is_default", models.BooleanField(default=False, verbose_name="本组默认")),
                (
                    "owner",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="建立人",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                        verbose_name="本组",
                    ),
                ),
            ],
            options={
                "verbose_name": "视图",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("region__isnull", False)),
                        fields=("listing", "region", "title"),
                        name="view_title_once_a_group",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("region", None)),
                        fields=("listing", "owner", "title"),
                        name="view_title_once_an_owner",
                    ),
                    models.UniqueConstraint(
                        condition=models.Q(("is_default", True)),
                        fields=("listing", "region"),
                        name="view_one_default_a_group",
                    ),
                    models.CheckConstraint(
                        condition=models.Q(("is_default", False), ("region__isnull", False), _connector="OR"),
                        name="view_default_of_a_group",
                    ),
                    models.CheckConstraint(condition=models.Q(("title", ""), _negated=True), name="view_titled"),
                ],
            },
        ),
        migrations.CreateModel(
            name="Import",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("listing", models.CharField(max_length=40, verbose_name="名录")),
                ("name", models.CharField(max_length=255, verbose_name="文件名")),
                ("received_at", models.DateTimeField(verbose_name="上传时间")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("mapping", "对应列"),
                            ("checked", "检查完"),
                            ("writing", "正在写入"),
                            ("written", "已写入"),
                            ("undone", "已撤销"),
                            ("dropped", "不导入了"),
                        ],
                        default="mapping",
                        max_length=10,
                        verbose_name="状态",
                    ),
                ),
                ("version", models.PositiveIntegerField(default=1, verbose_name="版本")),
                ("table", models.JSONField(default=dict, verbose_name="表的位置")),
                ("mapping", models.JSONField(default=list, verbose_name="对应列")),
                ("fills", models.JSONField(default=dict, verbose_name="新增必填")),
                ("choices", models.JSONField(default=dict, verbose_name="选择")),
                ("facts", models.JSONField(default=dict, verbose_name="检查时的记录")),
                ("result", models.JSONField(default=dict, verbose_name="检查结果")),
                ("reason", models.TextField(blank=True, verbose_name="说明")),
                ("written_at", models.DateTimeField(null=True, verbose_name="写入时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="经手人",
                    ),
                ),
                (
                    "file",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="files.storedfile",
                        verbose_name="文件",
                    ),
                ),
            ],
            options={
                "verbose_name": "导入",
                "ordering": ["-received_at"],
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(
                            ("state__in", ["mapping", "checked", "writing", "written", "undone", "dropped"])
                        ),
                        name="import_state_known",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="RememberedMapping",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("listing", models.CharField(max_length=40, verbose_name="名录")),
                ("fingerprint", models.CharField(max_length=64, verbose_name="表头")),
                ("columns", models.JSONField(verbose_name="对应列")),
                ("at", models.DateTimeField(verbose_name="时间")),
                (
                    "by",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="accounts.user",
                        verbose_name="经手人",
                    ),
                ),
                (
                    "region",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="+",
                        to="regions.region",
                        verbose_name="本组",
                    ),
                ),
            ],
            options={
                "verbose_name": "记住的对应",
                "constraints": [
                    models.UniqueConstraint(fields=("listing", "region", "fingerprint"), name="mapping_remembered_once")
                ],
            },
        ),
    ]
