from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("intake", "0002_rounds_stay")]

    operations = [
        migrations.AddField(
            model_name="return",
            name="nil_reason",
            field=models.TextField(blank=True, default="", verbose_name="零报告原因"),
            preserve_default=False,
        ),
    ]
