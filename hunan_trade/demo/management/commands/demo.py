"""manage.py demo: loads a year and a half of invented data into an empty database."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError, CommandParser
from django.db import connection
from django.db.migrations.executor import MigrationExecutor

from hunan_trade import clock
from hunan_trade.accounts.actions import create_demo_accounts
from hunan_trade.demo import demo_reports
from hunan_trade.demo.demo_figures import DemoFigures
from hunan_trade.demo.demo_task_progress import record_task_progress
from hunan_trade.demo.demo_writer import DemoWriter, has_data
from hunan_trade.regions import actions_load_reference_tables as regions
from hunan_trade.setup import reference_data
from hunan_trade.setup.database_owner import as_owner, grant_application_rights
from hunan_trade.setup.unknown_migration_check import refuse_unknown_migrations
from parks.actions import load_parks


class Command(BaseCommand):
    help = "在空库里装入演示数据；已有数据的库不动。"

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--enterprises", type=int, default=0, metavar="家数", help="企业家数，不写为 180 家")
        parser.add_argument("--projects", type=int, default=0, metavar="个数", help="项目个数，不写约为 2000 个")

    def handle(self, *args: object, **options: object) -> None:
        if not settings.DEMO:
            raise CommandError("演示数据只在 PORTAL_MODE=demo 时可用")
        with as_owner():
            refuse_unknown_migrations()
            executor = MigrationExecutor(connection)
            if executor.migration_plan(executor.loader.graph.leaf_nodes()):
                call_command("migrate", verbosity=0)
            grant_application_rights()
        regions.load_regions()
        with clock.frozen_at(clock.at(date(2012, 1, 9), 9)):  # the register's history begins with the invented time
            load_parks(by=reference_data.SETUP)
        reference_data.load_reference_tables()
        create_demo_accounts()
        if has_data():
            self.stdout.write("已有数据，未改动")
            return
        enterprises, projects = options["enterprises"], options["projects"]
        assert isinstance(enterprises, int) and isinstance(projects, int)
        writer = DemoWriter(DemoFigures.for_enterprise_count(enterprises), self.stdout.write)
        writer.write_all(demo_reports.issue_reports)
        writer.projects.write_more_projects(max(0, projects - len(writer.projects.by_key)))
        record_task_progress(by=writer.people["officer1"])
        self.stdout.write("演示数据已装好")
