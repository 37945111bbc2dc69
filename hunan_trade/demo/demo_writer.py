"""Writes the demo's enterprises and monthly returns by calling the portal's own actions."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cached_property

from django.conf import settings
from django.db import transaction

from enterprises.actions import register_enterprise
from enterprises.models import Enterprise
from hunan_trade import clock
from hunan_trade.accounts.models import User
from hunan_trade.audit.actions import System
from hunan_trade.demo.demo_figures import (
    CITIES,
    FIRST,
    LAST,
    NIL_RETURN,
    City,
    DemoFigures,
    format_hundreds_as_wan,
)
from hunan_trade.demo.demo_filing_times import FilingTimes, filing_times
from hunan_trade.demo.demo_project_special_cases import enter_special_project_cases
from hunan_trade.demo.demo_project_writer import ProjectWriter
from hunan_trade.demo.demo_projects import OPENING
from hunan_trade.intake import datasets, return_sheets
from hunan_trade.intake.actions import deciding, filling, sending
from hunan_trade.intake.actions import opening as returns
from hunan_trade.intake.models import Exemption, MonthlyReturn, Round
from hunan_trade.intake.rules_workflow_guards import ReturnDates, monthly_return_dates
from hunan_trade.periods import Month, months_between

DEMO = System("演示数据")
BY_WORKBOOK = {"changsha", "hengyang", "yueyang"}  # these cities file by .xlsx, the others in the browser

REASONS = {
    "trade.stopped": "生产线检修，下月恢复。",
    "trade.slip": "新订单集中出货，报关单已核对。",
    "trade.jump": "新增生产线投产，订单增加。",
    "trade.repeated": "订单稳定，已与报关单核对。",
    "summary.jump": "重大项目集中签约，合同已核对。",
    "summary.stopped": "本月没有新签约。",
    "summary.paid_above_contracted": "上年签约项目本年到位。",
    "summary.without_capital": "合同金额下月签订补充协议。",
    "progress.back": "合同没有生效，签约已由省厅作废。",
    "progress.closed": "终止前到位的资金，银行回单已核对。",
    "progress.idle": "用地和环评手续在办，资金未到。",
    "progress.moved": "设备到货推迟，投产顺延一个月。",
    "progress.overdue": "雨天多，施工进度顺延。",
    "progress.paid_above": "设备作价入股，补充协议下月签订。",
}


@dataclass
class DemoWriter:
    """Fills the database with the demo's invented data, month by month.

    `progress` is called with the name of each month.
    """

    figures: DemoFigures
    progress: Callable[[str], None]
    people: dict[str, User] = field(default_factory=dict)

    @cached_property
    def projects(self) -> ProjectWriter:
        return ProjectWriter(self.figures, self.people)

    def write_all(self, issue_reports: Callable[[Month], None]) -> None:
        """Write the demo's enterprises, then its projects, returns and reports month by month.

        `issue_reports(month)` is called for each closed month of 2013.
        """
        self.people = {user.username: user for user in User.objects.open()}
        self._register_enterprises()
        for month in months_between(FIRST, LAST):
            self.progress(month.label)
            if month >= OPENING:
                enter_special_project_cases(self.projects, month)
                self.projects.write_month(month)
            self._write_month(month)
            if month.year == 2013 and month < LAST:
                issue_reports(month)
            if month == Month(2013, 5):
                self._correct_accepted_return("yongzhou", Month(2013, 4))
        enter_special_project_cases(self.projects, LAST.next)

    def user_of(self, city: City, side: str) -> User:
        """Return the demo user of a city whose job is `side`, either "reporter" or "lead"."""
        return self.people[f"{city.username_prefix}-{side}"]

    def _register_enterprises(self) -> None:
        with clock.frozen_at(clock.at(date(2012, 1, 9), 10)), transaction.atomic():
            for firm in self.figures.firms:
                register_enterprise(
                    customs_code=firm.customs_code,
                    name=firm.name,
                    region=firm.city.code,
                    modes=firm.modes,
                    by=self.user_of(firm.city, "reporter"),
                )

    def _write_month(self, month: Month) -> None:
        dates = monthly_return_dates(month, settings.RETURN_CALENDAR)
        with clock.frozen_at(dates.opens_at):
            returns.open_month(month, by=DEMO)
        by_city = {
            monthly_return.region_id: monthly_return
            for monthly_return in MonthlyReturn.objects.of_month(month).with_region()
        }
        for city in CITIES:
            if month == LAST and city.username_prefix in _JUNE_RETURNS:
                _JUNE_RETURNS[city.username_prefix](self, city, by_city[city.code], dates)
            else:
                self._file_return(city, by_city[city.code], filing_times(city, dates, str(month)))

    def _file_return(self, city: City, monthly_return: MonthlyReturn, at: FilingTimes) -> None:
        """Fill in, sign and accept a city's return of one month.

        A few returns have an incident, such as being given back.
        """
        story = (city.username_prefix, str(monthly_return.period))
        if story == NIL_RETURN:
            with clock.frozen_at(at.filled_at):
                reason = "春节期间企业全部停产放假，无进出口，无新签约项目。"
                filling.declare_nil(
                    monthly_return.pk, reason, by=self.user_of(city, "reporter"), seen=monthly_return.version
                )
        elif story in {("yueyang", "2013-03"), ("zhuzhou", "2012-10")}:
            self._give_back_and_accept_corrected(city, monthly_return, at)
            return
        else:
            self._fill_in_return(city, monthly_return, at.filled_at)
        self._hand_up_and_sign(city, monthly_return, at)
        self._accept_return(monthly_return, at.decided_at)

    def _fill_in_return(
        self,
        city: City,
        monthly_return: MonthlyReturn,
        at: datetime,
        changed: Mapping[str, tuple[str, str]] | None = None,
    ) -> None:
        """Fill in a city's return, either in the browser or by uploading a workbook.

        `changed` holds trade by row key that replaces the invented trade.
        """
        reporter = self.user_of(city, "reporter")
        texts = self._cell_texts_of_return(city, monthly_return.period, changed or {})
        with clock.frozen_at(at):
            if city.username_prefix in BY_WORKBOOK:
                monthly_return.refresh_from_db(fields=["version"])
                form = replace(return_sheets.stored_sheets(monthly_return), open_remarks=())
                texts |= self.projects.progress_texts(city, form.month, form.contexts)
                texts_with_reasons = self._add_reasons(replace(form, texts=texts))
                book = replace(form, texts=texts_with_reasons).workbook(version=monthly_return.version, demo=True)
                received = filling.receive_upload(
                    monthly_return.pk, book, f"{city.name}-{monthly_return.period}.xlsx", by=reporter
                )
                filling.confirm_upload(received.upload.pk, received.upload.file_id, by=reporter)
                return
            form = return_sheets.blank_sheets(monthly_return.region, monthly_return.period)
            texts |= self.projects.progress_texts(city, form.month, form.contexts)
            texts_with_reasons = self._add_reasons(
                return_sheets.ReturnSheets(form.region, form.month, form.contexts, texts)
            )
            for code, rows in texts_with_reasons.items():
                edits = [filling.RowEdit(key, typed) for key, typed in rows.items()]
                filling.save_rows(monthly_return.pk, datasets.get(code), edits, by=reporter)

    def _cell_texts_of_return(
        self, city: City, month: Month, changed: Mapping[str, tuple[str, str]]
    ) -> dict[str, dict[str, dict[str, str]]]:
        """Return the cell texts of a city's return by dataset, row key and column.

        `changed` holds trade by row key that replaces the invented trade.
        """
        trade, extra_exports, extra_imports = {}, 0, 0
        for line in self.figures.trade_lines[city.code, month]:
            key = f"{line.customs_code}/{line.mode}"
            exports, imports = changed.get(
                key, (format_hundreds_as_wan(line.exports), format_hundreds_as_wan(line.imports))
            )
            extra_exports += _parse_wan_as_hundreds(exports) - line.exports
            extra_imports += _parse_wan_as_hundreds(imports) - line.imports
            trade[key] = {"export": exports, "import": imports}
        summary = self.figures.summary_texts(city, month)
        for code, extra in (("02", extra_exports), ("04", extra_exports), ("03", extra_imports), ("05", extra_imports)):
            summary[code] = format_hundreds_as_wan(_parse_wan_as_hundreds(summary[code]) + extra)
        summary["01"] = format_hundreds_as_wan(_parse_wan_as_hundreds(summary["01"]) + extra_exports + extra_imports)
        return {"processing_trade": trade, "city_summary": {code: {"month": text} for code, text in summary.items()}}

    def _add_reasons(self, form: return_sheets.ReturnSheets) -> dict[str, dict[str, dict[str, str]]]:
        """Return the cell texts of a return, with a reason added wherever a check result must be explained."""
        texts_with_reasons = {
            code: {key: dict(typed) for key, typed in rows.items()} for code, rows in form.texts.items()
        }
        codes = {dataset.sheet: dataset for dataset in datasets.declared()}
        for finding in form.check().unexplained:
            dataset = codes[finding.sheet]
            texts_with_reasons[dataset.code][finding.key][dataset.reason.key] = REASONS[finding.code]
        return texts_with_reasons

    def _hand_up_and_sign(self, city: City, monthly_return: MonthlyReturn, at: FilingTimes) -> None:
        monthly_return.refresh_from_db(fields=["version"])
        with clock.frozen_at(at.handed_up_at):
            handed_up = sending.submit_to_city_lead(
                monthly_return.pk, by=self.user_of(city, "reporter"), seen=monthly_return.version
            )
        with clock.frozen_at(at.signed_at):
            sending.sign(monthly_return.pk, by=self.user_of(city, "lead"), seen=handed_up.version)

    def _accept_return(self, monthly_return: MonthlyReturn, at: datetime) -> None:
        with clock.frozen_at(at):
            officer = self.people["officer1" if monthly_return.region_id < "430700" else "officer2"]
            deciding.accept(monthly_return.pk, by=officer, seen=_pending_round(monthly_return).digest)

    def _give_back_and_accept_corrected(self, city: City, monthly_return: MonthlyReturn, at: FilingTimes) -> None:
        """File a return with a typing error, give the return back, and accept the corrected return."""
        wrong = self._tenfold_exports(city, monthly_return.period)
        self._fill_in_return(city, monthly_return, at.filled_at, wrong)
        self._hand_up_and_sign(city, monthly_return, at)
        key = next(iter(wrong))
        with clock.frozen_at(at.decided_at):
            deciding.give_back(
                monthly_return.pk,
                "出口额是上月的十倍，疑多录一位，请核对报关单后改。",
                by=self.people["officer1"],
                seen=_pending_round(monthly_return).digest,
                cells=[deciding.RemarkedCell("processing_trade", key, "export")],
            )
        mended = at.decided_at + timedelta(hours=2)
        self._fill_in_return(city, monthly_return, mended)
        later = FilingTimes(
            mended, mended + timedelta(minutes=20), mended + timedelta(minutes=50), mended + timedelta(hours=3)
        )
        self._hand_up_and_sign(city, monthly_return, later)
        self._accept_return(monthly_return, later.decided_at)

    def _tenfold_exports(self, city: City, month: Month) -> dict[str, tuple[str, str]]:
        """Return the trade of a city's second enterprise by row key, with exports ten times too large."""
        code = self.figures.of_city(city)[1].customs_code
        line = next(line for line in self.figures.trade_lines[city.code, month] if line.customs_code == code)
        return {
            f"{line.customs_code}/{line.mode}": (
                format_hundreds_as_wan(line.exports * 10),
                format_hundreds_as_wan(line.imports),
            )
        }

    def _correct_accepted_return(self, word: str, month: Month) -> None:
        """Reopen a return that the province had accepted, correct it, and let the province accept it again.

        `word` is the username prefix of the city.
        """
        city = next(city for city in CITIES if city.username_prefix == word)
        monthly_return = MonthlyReturn.objects.of_month(month).with_region().get(region=city.code)
        line = self.figures.trade_lines[city.code, month][0]
        corrected = {
            f"{line.customs_code}/{line.mode}": (
                format_hundreds_as_wan(line.exports * 93 // 100),
                format_hundreds_as_wan(line.imports),
            )
        }
        with clock.frozen_at(clock.at(date(2013, 6, 20), 9, 30)):
            asked = deciding.ask_exemption(
                monthly_return.pk,
                Exemption.Kind.REOPEN,
                "企业退运一批货物，海关已改单，4月出口额核减。",
                clock.at(date(2013, 6, 28), 17, 30),
                by=self.people["officer2"],
            )
        with clock.frozen_at(clock.at(date(2013, 6, 20), 15, 10)):
            deciding.decide_exemption(asked.pk, granted=True, by=self.people["lead2"])
        start = clock.at(date(2013, 6, 21), 9, 20)
        self._fill_in_return(city, monthly_return, start, corrected)
        at = FilingTimes(
            start, start + timedelta(minutes=30), start + timedelta(hours=2), clock.at(date(2013, 6, 24), 10, 5)
        )
        self._hand_up_and_sign(city, monthly_return, at)
        self._accept_return(monthly_return, at.decided_at)

    def _leave_june_unreviewed(self, city: City, monthly_return: MonthlyReturn, dates: ReturnDates) -> None:
        """File a city's return for June on time, and leave it unreviewed by the province."""
        at = filing_times(city, dates, "2013-06")
        self._fill_in_return(city, monthly_return, clock.at(date(2013, 7, 4), 10, 12))
        self._hand_up_and_sign(
            city,
            monthly_return,
            FilingTimes(
                at.filled_at, clock.at(date(2013, 7, 4), 11, 40), clock.at(date(2013, 7, 5), 16, 20), at.decided_at
            ),
        )

    def _give_june_back(self, city: City, monthly_return: MonthlyReturn, dates: ReturnDates) -> None:
        """File a city's return for June with two wrong cells and let the province give the return back."""
        wrong = self._tenfold_exports(city, LAST)
        self._fill_in_return(city, monthly_return, clock.at(date(2013, 7, 2), 10, 12), wrong)
        at = filing_times(city, dates, "2013-06")
        handed_up, signed = clock.at(date(2013, 7, 3), 11, 5), clock.at(date(2013, 7, 3), 16, 40)
        self._hand_up_and_sign(city, monthly_return, FilingTimes(at.filled_at, handed_up, signed, at.decided_at))
        key = next(iter(wrong))
        with clock.frozen_at(clock.at(date(2013, 7, 5), 15, 10)):
            deciding.give_back(
                monthly_return.pk,
                "出口额是上月的十倍，疑多录一位；新承接项目数请与签约台账核对。",
                by=self.people["officer2"],
                seen=_pending_round(monthly_return).digest,
                cells=[
                    deciding.RemarkedCell("processing_trade", key, "export"),
                    deciding.RemarkedCell("city_summary", "06", "month"),
                ],
            )

    def _leave_june_unsent(self, city: City, monthly_return: MonthlyReturn, dates: ReturnDates) -> None:
        """Enter one amount in a city's return for June, and leave the return overdue and unsent."""
        line = self.figures.trade_lines[city.code, LAST][0]
        with clock.frozen_at(clock.at(date(2013, 7, 3), 9, 30)):
            edit = filling.RowEdit(f"{line.customs_code}/{line.mode}", {"export": format_hundreds_as_wan(line.exports)})
            filling.save_rows(
                monthly_return.pk, datasets.get("processing_trade"), [edit], by=self.user_of(city, "reporter")
            )


_JUNE_RETURNS: Mapping[str, Callable[[DemoWriter, City, MonthlyReturn, ReturnDates], None]] = {
    "huaihua": DemoWriter._leave_june_unreviewed,
    "chenzhou": DemoWriter._give_june_back,
    "xiangxi": DemoWriter._leave_june_unsent,
}


def _pending_round(monthly_return: MonthlyReturn) -> Round:
    return Round.objects.get(monthly_return=monthly_return, decision="")


def _parse_wan_as_hundreds(text: str) -> int:
    whole, _, rest = text.partition(".")
    return int(whole) * 100 + int((rest + "00")[:2])


def has_data() -> bool:
    """Return whether the database already holds enterprises or returns."""
    return Enterprise.objects.exists() or MonthlyReturn.objects.exists()
