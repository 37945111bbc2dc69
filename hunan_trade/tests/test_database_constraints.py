"""Tests the database's constraints and triggers against a committed list.

Each check constraint is also tested with a row that violates it.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from django.db import IntegrityError, connection, transaction

from hunan_trade.tests import committed_file_comparison

OURS = "relnamespace = 'public'::regnamespace AND relname NOT LIKE 'django%'"
RULES = f"""
SELECT relname || ' ' || CASE WHEN contype = 't' THEN 'constraint trigger' ELSE 'constraint' END || ' ' || conname
    || ': ' || pg_get_constraintdef(pg_constraint.oid)
FROM pg_constraint JOIN pg_class ON pg_class.oid = conrelid WHERE {OURS} AND contype <> 'n'
UNION ALL
SELECT relname || ' trigger ' || tgname || ' (' || tgenabled::text || '): ' || pg_get_triggerdef(pg_trigger.oid)
FROM pg_trigger JOIN pg_class ON pg_class.oid = tgrelid WHERE {OURS} AND NOT tgisinternal
UNION ALL
SELECT relname || ' unique index: ' || pg_get_indexdef(indexrelid)
FROM pg_index JOIN pg_class ON pg_class.oid = indrelid
WHERE {OURS} AND indisunique AND NOT EXISTS (SELECT FROM pg_constraint WHERE conindid = indexrelid AND contype IN ('p', 'u', 'x'))
UNION ALL
SELECT relname || ' never null: ' || string_agg(attname, ', ' ORDER BY attnum)
FROM pg_attribute JOIN pg_class ON pg_class.oid = attrelid
WHERE {OURS} AND relkind IN ('r', 'p') AND attnum > 0 AND attnotnull AND NOT attisdropped GROUP BY relname
UNION ALL
SELECT 'function ' || proname || ': ' || CASE WHEN length(prosrc) < 20000 THEN prosrc
    ELSE left(prosrc, 80) || '… of ' || length(prosrc) || ' characters, MD5 ' || md5(prosrc) END
FROM pg_proc
WHERE pronamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_depend WHERE objid = pg_proc.oid AND deptype = 'e')
"""


@pytest.mark.django_db
def test_constraints_and_triggers_equal_the_committed_list() -> None:
    with connection.cursor() as cursor:
        cursor.execute(RULES)
        found = sorted(re.sub(r"\s+", " ", rule).strip() for (rule,) in cursor.fetchall())
    difference = committed_file_comparison.difference_from_committed(
        "database_constraints.txt", found, "hunan_trade/tests/test_database_constraints.py"
    )
    assert not difference, difference


# --- A row against every rule ---------------------------------------------------------------------------------------

NOT_NEGATIVE = re.compile(r'CHECK \(\("?(\w+)"? >= 0\)\)')
PERIOD, NO_PERIOD = "CHECK ((valid_to >= valid_from))", {"valid_from": "2013-06-02", "valid_to": "2013-06-01"}
DATE, MOMENT = "2013-06-02", "2013-06-02 08:00+08"  # not the first of a month
VIOLATIONS: dict[str, dict[str, Any]] = {
    "act_kind_known": {"kind": "dreamt"},
    "act_says_who": {"by_name": ""},
    "attachment_kind_known": {"kind": "exe"},
    "attachment_named": {"name": ""},
    "audit_chain_starts_at_one": {"number": 0},
    "audit_result_known": {"result": "perhaps"},
    "audit_verb_is_noun_verb": {"verb": "Accepted"},
    "countingdecision_event_known": {"event": "landing"},
    "countingdecision_has_reason": {"reason": ""},
    "countingdecision_version_from_1": {"version": 0},
    "countingdecision_year_known": {"year": 2012},
    "yearclosing_has_reason": {"reason": ""},
    "yearclosing_version_from_1": {"version": 0},
    "yearclosing_year_known": {"year": 2012},
    "fortunegroup_named": {"name": ""},
    "fortunegroup_rank_known": {"rank": 501},
    "fortunegroup_year_known": {"year": 1999},
    "import_state_known": {"state": "dreamt"},
    "download_file_with_name_and_count": {"file_id": None, "name": "园区平台.xlsx", "count": None},
    "enterprise_customs_code": {"customs_code": "430100000"},
    "enterprise_has_mode": {"modes": []},
    "enterprise_has_name": {"name": ""},
    "event_dates_in_order": {"starts_on": None, "ends_on": DATE, "whole_month": False},
    "event_kind_known": {"kind": "banquet"},
    "event_named": {"name": ""},
    "event_year_known": {"year": 1999},
    "exemption_decided_whole": {"decided_by_id": 1, "granted": None},
    "exemption_has_reason": {"reason": ""},
    "exemption_second_person": {"asked_by_id": 1, "decided_by_id": 1},
    "file_fault_known": {"fault": "torn"},
    "file_named_by_hash": {"sha256": "A" * 64},
    "industry_code_by_level": {"level": "group", "code": "39"},
    "industry_parent_by_level": {"level": "group", "code": "391", "parent_id": None},
    "item_identity_titled": {"title": ""},
    "item_identity_year_and_number": {"year": 2013, "number": 0},
    "item_kind_known": {"kind": "wish"},
    "item_number_from_1": {"number": 0},
    "item_says_something": {"title": "", "summary": "要点"},
    "item_scope_known": {"scope": "world"},
    "job_done_within_total": {"done": 2, "total": 1},
    "job_running_counted": {"state": "running", "attempt": 0},
    "job_state_fits_its_times": {"state": "done", "finished_at": None, "lease_until": None, "started_at": MOMENT},
    "job_trouble_says_why": {"state": "failed", "error": ""},
    "mention_kind_known": {"kind": "rumour"},
    "observation_begins_with_value": {"version": 1, "value": None},
    "observation_correction_has_reason": {"version": 2, "reason": ""},
    "observation_month_is_first_day": {"month": DATE},
    "observation_source_known": {"source": "hearsay"},
    "observation_version_from_one": {"version": 0},
    "park_approved_is_a_date": {"approved": "去年"},
    "park_certainty_known": {"certainty": "sure"},
    "park_kind_known": {"kind": "garden"},
    "park_level_known": {"level": "world"},
    "park_named": {"name": ""},
    "project_class_known": {"project_class": "hobby"},
    "project_code": {"code": "CS-13-1"},
    "project_counted_on_a_day": {"verdict": "counted", "counted_on": None},
    "project_fortune_counts_groups": {"fortune_verdict": "counted", "fortune_count": 0},
    "project_fortune_verdict_known": {"fortune_verdict": "maybe"},
    "project_introducer_known": {"introducer_kind": "dog"},
    "project_kind_known": {"kind": "cable"},
    "project_named": {"name": ""},
    "project_stage_known": {"stage": "dreamt"},
    "project_accepted_stage_known": {"accepted_stage": "dreamt"},
    "project_status_known": {"status": "lost"},
    "project_status_reason": {"status": "delayed", "status_reason": ""},
    "project_total_investment_cny_from_0": {"total_investment_cny": -1},
    "project_total_investment_usd_from_0": {"total_investment_usd": -1},
    "project_contracted_cny_from_0": {"contracted_cny": -1},
    "project_contracted_usd_from_0": {"contracted_usd": -1},
    "batch_named": {"name": ""},
    "batch_number_from_1": {"number": 0},
    "batch_size_from_1": {"planned_size": 0},
    "batchmembership_left_whole": {"joined_on": DATE, "left_on": DATE, "left_reason": ""},
    "batchthreshold_above_0": {"least_usd": 0},
    "batchthreshold_has_reason": {"reason": ""},
    "contact_told": {"person": "陈经理", "note": ""},
    "contact_voided_whole": {"state": "void", "void_reason": ""},
    "capitalincrease_above_0": {"amount_usd": 0},
    "capitalincrease_decided_whole": {"decided_by_id": 1, "decided_at": None},
    "capitalincrease_has_amount": {"amount_usd": None, "amount_cny": None},
    "capitalincrease_second_person": {"state": "valid", "entered_by_id": 1, "decided_by_id": 1},
    "capitalincrease_state_known": {"state": "unaccepted"},
    "capitalincrease_undone_with_reason": {"state": "void", "decided_reason": ""},
    "project_month_from_0": {"paid_in_cny": -1},
    "project_month_is_first_day": {"month": DATE},
    "project_month_obstacle_told": {"obstacle": True, "obstacle_text": ""},
    "project_month_replaced_by_another": {"round_id": 1, "replaced_by_id": 1},
    "project_month_stage_known": {"stage": "lost"},
    "code_counter_from_1": {"last": 0},
    "password_link_for_account_or_first_keeper": {"role": "auditor", "user_id": None},
    "password_link_released_by_another": {"asked_by_id": 1, "released_by_id": 1, "user_id": 2},
    "password_link_released_whole": {"second_digest": "0" * 64, "released_at": None},
    "plan_date_ends_after_start": {"starts_on": "2013-06-03", "ends_on": DATE},
    "draft_published_names_its_plan": {"state": "published", "plan_id": None},
    "draft_state_known": {"state": "lost", "plan_id": None},
    "draft_text_digest_is_sha256": {"text_digest": "0" * 63},
    "draft_year": {"year": 1999},
    "plan_digest_is_sha256": {"digest": "0" * 63},
    "plan_year_and_version": {"version": 1, "year": 1999},
    "project_verdict_known": {"verdict": "maybe"},
    "project_verdict_rule_known": {"verdict_rule": "R9"},
    "quantity_says_something": {"value": None, "qualifier": ""},
    "quantity_upper_above_value": {"value": 2, "upper": 2},
    "region_code_six_digits": {"code": "43010"},
    "region_parent_by_level": {"level": "city", "parent_id": None},
    "replaced_by_another_round": {"round_id": 1, "replaced_by_id": 1},
    "replaced_row_stood_before": {"since": 3, "until": 2},
    "report_beyond_draft_has_drafter": {"status": "reviewing", "drafted_by_id": None},
    "report_file_format_known": {"format": "wps"},
    "report_issued_whole": {"status": "issued", "issued_at": MOMENT, "issued_by_id": 1, "number": None},
    "report_issuer_did_not_draft": {"issued_by_id": 1, "drafted_by_id": 1},
    "report_month_is_first_day": {"month": DATE},
    "report_reviewed_whole": {"status": "reviewed", "reviewed_at": MOMENT, "reviewed_by_id": None},
    "report_reviewer_did_not_draft": {"reviewed_by_id": 1, "drafted_by_id": 1},
    "report_sealed": {"content_sha256": ""},
    "report_status_known": {"status": "lost"},
    "report_year_is_its_periods": {"year": 2012, "month": DATE},
    "return_dates_in_order": {"opens_at": MOMENT, "due_at": MOMENT, "locks_at": MOMENT},
    "return_month_is_first_day": {"month": DATE},
    "return_rounds_from_one": {"round_number": 0},
    "return_status_known": {"status": "lost"},
    "roster_entry_named": {"name": ""},
    "roster_identity_year": {"year": 1999},
    "roster_requires_something": {"required": 0},
    "round_decided_whole": {"decision": "accepted", "decided_at": MOMENT, "decided_by_id": None},
    "round_four_eyes": {"signed_by_id": 1, "decided_by_id": 1},
    "round_given_back_with_reason": {"decision": "given_back", "reason": ""},
    "sourcedecision_has_reason": {"reason": ""},
    "sourcedecision_source_known": {"source": "hearsay"},
    "sourcedecision_year_known": {"year": 1999},
    "source_place_code_by_kind": {"kind": "country", "code": "440000"},
    "source_place_parent_by_kind": {"kind": "city", "code": "440300", "parent_id": None},
    "stageentry_decided_whole": {"decided_by_id": 1, "decided_at": None},
    "stageentry_second_person": {"state": "valid", "entered_by_id": 1, "decided_by_id": 1},
    "stageentry_stage_known": {"stage": "intended"},
    "stageentry_state_known": {"state": "lost"},
    "stageentry_undone_with_reason": {"state": "void", "decided_reason": ""},
    "termination_decided_whole": {"decided_by_id": 1, "decided_at": None},
    "termination_state_known": {"state": "lost"},
    "termination_undone_with_reason": {"state": "void", "decided_reason": ""},
    "termination_with_reason": {"note": ""},
    "project_pair_decided_whole": {"state": "same", "decided_by_id": 1, "decided_at": MOMENT, "decided_reason": ""},
    "project_pair_lower_key_first": {"first_id": 2, "second_id": 1},
    "project_pair_state_known": {"state": "lost"},
    "target_has_what_its_shape_needs": {"shape": "count", "value": None, "direction": "", "indicator": "x"},
    "target_measured_names_indicator": {"shape": "count", "indicator": ""},
    "target_numbers_positive": {"base": -1, "value": 1},
    "target_reached_is_milestone": {"shape": "count", "reached_on": DATE},
    "task_state_bad_says_why": {"state": "delayed", "reason": ""},
    "task_state_known": {"state": "asleep"},
    "token_at_most_a_year": {"created_at": "2013-01-01", "expires_at": "2014-06-01"},
    "token_fetched_whole": {"digest": "0" * 64, "fetched_at": None},
    "token_scope_known": {"scope": "all"},
    "trade_mode_known": {"mode": "一般贸易"},
    "trade_month_is_first_day": {"month": DATE},
    "threshold_has_reason": {"reason": ""},
    "threshold_month_is_first_day": {"holds_from": "2013-07-02"},
    "trade_not_negative": {"export_usd": 0, "import_usd": -1},
    "unit_kind_known": {"kind": "shop"},
    "user_city_role_has_city": {"role": "city_lead", "region_id": None},
    "user_role_known": {"role": "root"},
    "view_default_of_a_group": {"is_default": True, "region_id": None},
    "view_titled": {"title": ""},
    "voiding_has_reason": {"reason": ""},
    "yearrate_above_zero": {"cny_per_usd": 0},
    "yearrate_has_reason": {"reason": ""},
    "yearrate_year_known": {"year": 1999},
}


@pytest.mark.django_db
def test_every_check_constraint_refuses_a_violating_row() -> None:
    """Test each check alone, on a temporary table with the same columns."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT relname, conname, pg_get_constraintdef(c.oid) FROM pg_constraint c JOIN pg_class ON pg_class.oid"
            f" = conrelid WHERE {OURS} AND contype = 'c' ORDER BY conname"
        )
        checks = cursor.fetchall()
        missing = []
        for number, (table, name, rule) in enumerate(checks):
            simple = NOT_NEGATIVE.fullmatch(rule)
            row = NO_PERIOD if rule == PERIOD else VIOLATIONS.get(name) or (simple and {simple[1]: -1})
            if not row:
                missing.append(f"{name}: {rule}")
                continue
            cursor.execute(f"CREATE TEMPORARY TABLE probe_{number} AS SELECT * FROM {table} WITH NO DATA")
            cursor.execute(f"ALTER TABLE probe_{number} ADD CONSTRAINT {name} {rule}")
            columns = ", ".join(f'"{column}"' for column in row)
            with pytest.raises(IntegrityError, match=f'"{name}"'), transaction.atomic():
                cursor.execute(
                    f"INSERT INTO probe_{number} ({columns}) VALUES ({', '.join(['%s'] * len(row))})", [*row.values()]
                )
    assert not missing, "add a violating row to VIOLATIONS for\n" + "\n".join(missing)
    assert not VIOLATIONS.keys() - {name for _, name, _ in checks}, "no longer in the database"
