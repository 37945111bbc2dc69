import django.db.models.deletion
import django.db.models.functions.datetime
from django.db import migrations, models


class Migration(migrations.Migration):
    initial = True

    dependencies = [
        ("accounts", "0001_initial"),
    ]

    operations = [
        migrations.CreateModel(
            name="Ping",
            fields=[
                ("worker", models.CharField(max_length=120, primary_key=True, serialize=False, verbose_name="执行者")),
                ("sent_at", models.DateTimeField(verbose_name="发出时间")),
                ("answered_at", models.DateTimeField(verbose_name="应答时间")),
            ],
            options={
                "verbose_name": "应答",
                "ordering": ["worker"],
            },
        ),
        migrations.CreateModel(
            name="Job",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("kind", models.CharField(max_length=60, verbose_name="种类")),
                ("key", models.CharField(max_length=200, verbose_name="标识")),
                ("payload", models.JSONField(blank=True, default=dict, verbose_name="参数")),
                ("title", models.CharField(max_length=120, verbose_name="任务")),
                ("region", models.CharField(blank=True, max_length=6, verbose_name="涉及地区")),
                (
                    "state",
                    models.CharField(
                        choices=[
                            ("waiting", "等待"),
                            ("running", "正在办"),
                            ("done", "办成"),
                            ("failed", "没办成"),
                            ("quarantined", "已隔离"),
                        ],
                        default="waiting",
                        max_length=12,
                        verbose_name="状态",
                    ),
                ),
                ("attempt", models.PositiveSmallIntegerField(default=0, verbose_name="办理次数")),
                ("fence", models.PositiveBigIntegerField(default=0, verbose_name="轮次")),
                ("lease_until", models.DateTimeField(null=True, verbose_name="租约到")),
                ("worker", models.CharField(blank=True, max_length=120, verbose_name="执行者")),
                ("done", models.PositiveBigIntegerField(default=0, verbose_name="已办")),
                ("total", models.PositiveBigIntegerField(null=True, verbose_name="共计")),
                ("note", models.CharField(blank=True, max_length=200, verbose_name="进展")),
                ("result", models.JSONField(null=True, verbose_name="结果")),
                ("error", models.CharField(blank=True, max_length=300, verbose_name="原因")),
                ("trace", models.TextField(blank=True, verbose_name="出错位置")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="交办时间"),
                ),
                (
                    "queued_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="排队时间"),
                ),
                ("started_at", models.DateTimeField(null=True, verbose_name="开始时间")),
                ("finished_at", models.DateTimeField(null=True, verbose_name="结束时间")),
                (
                    "requested_by",
                    models.ForeignKey(
                        blank=True,
                        null=True,
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="jobs",
                        to="accounts.user",
                        verbose_name="交办人",
                    ),
                ),
            ],
            options={
                "verbose_name": "后台任务",
            },
        ),
        migrations.CreateModel(
            name="ScheduledRun",
            fields=[
                ("id", models.BigAutoField(auto_created=True, primary_key=True, serialize=False, verbose_name="ID")),
                ("name", models.CharField(max_length=60, verbose_name="任务")),
                ("due_at", models.DateTimeField(verbose_name="应办时间")),
                (
                    "created_at",
                    models.DateTimeField(db_default=django.db.models.functions.datetime.Now(), verbose_name="登记时间"),
                ),
                (
                    "job",
                    models.ForeignKey(
                        null=True, on_delete=django.db.models.deletion.CASCADE, related_name="+", to="jobs.job"
                    ),
                ),
            ],
            options={
                "verbose_name": "按日历的任务",
            },
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(
                condition=models.Q(("state__in", ["waiting", "running"])), fields=["lease_until"], name="job_lease"
            ),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["requested_by", "-id"], name="job_asked_by"),
        ),
        migrations.AddIndex(
            model_name="job",
            index=models.Index(fields=["state", "-id"], name="job_state"),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.UniqueConstraint(
                condition=models.Q(("state__in", ["waiting", "running"])),
                fields=("kind", "key"),
                name="job_same_wish_once",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("finished_at", None), ("lease_until__isnull", False), ("state", "waiting")),
                    models.Q(
                        ("finished_at", None),
                        ("lease_until__isnull", False),
                        ("started_at__isnull", False),
                        ("state", "running"),
                    ),
                    models.Q(
                        ("finished_at__isnull", False),
                        ("lease_until", None),
                        ("state__in", ["done", "failed", "quarantined"]),
                    ),
                    _connector="OR",
                ),
                name="job_state_fits_its_times",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(("attempt", 0), ("state", "running"), _negated=True), name="job_running_counted"
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(("total", None), ("done__lte", models.F("total")), _connector="OR"),
                name="job_done_within_total",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("state__in", ["failed", "quarantined"]), _negated=True),
                    models.Q(("error", ""), _negated=True),
                    _connector="OR",
                ),
                name="job_trouble_says_why",
            ),
        ),
        migrations.AddConstraint(
            model_name="scheduledrun",
            constraint=models.UniqueConstraint(fields=("name", "due_at"), name="scheduled_once"),
        ),
    ]
