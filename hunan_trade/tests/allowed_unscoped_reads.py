"""Lists the functions that read rows of cities without filtering them by the user, and why each may."""

from __future__ import annotations

# Functions that read such rows for no reader in particular, by what makes that right.
READS_WITHOUT_READER = {
    # figures of regions that the calling page or job names, and that page asked for by its own permission
    "enterprises/intake_processing_trade_sheet.py": ["load_trade_history ProcessingTrade", "max_sheet_rows Enterprise"],
    "enterprises/queries.py": [
        "_cumulative_trade_of_several ProcessingTrade",
        "_largest_enterprise_ids ProcessingTrade",
        "cumulative_trade ProcessingTrade",
        "attach_cumulative_trade ProcessingTrade",
        "enterprises_of_city Enterprise",
        "enterprises_of_city Enterprise",
        "enterprises_of_city EnterpriseHistory",
        "trade_history ProcessingTrade",
    ],
    "hunan_trade/indicators/models_observation.py": ["newest_versions Observation"],
    "hunan_trade/indicators/queries_observations.py": ["_values_from_first_available_source Observation"],
    # the province's reports, written from everything that is accepted
    "reporting/corrections_since_previous_report.py": [
        "_printed_observations Observation",
        "_versions_by_series Observation",
    ],
    "reporting/shared_report_data.py": [
        "_attach_cell_origins ProcessingTrade",
        "accepted_rounds_until Round",
        "count_enterprises_in_included_cities Enterprise",
        "excluded_cities MonthlyReturn",
        "add_return_status_counts MonthlyReturn",
        "add_return_status_counts Round",
        "attach_origins Observation",
    ],
    "reporting/report_page.py": ["build_report_page Round"],
    "reporting/provenance.py": ["_observed_chain Round"],
    "reporting/queries.py": ["last_bulletin_month Report", "previous_content Report", "changes_since_draft Round"],
    "reporting/filters.py": ["_years Report"],
    "reporting/tasks.py": ["_needs_draft Report", "request_due_drafts MonthlyReturn"],
    # the province's queue of review, and the return that get_visible has found before
    "hunan_trade/intake/queries_board_and_review_queue.py": [
        "review_queue MonthlyReturn",
        "missing_returns MonthlyReturn",
    ],
    "hunan_trade/intake/filters.py": ["_years MonthlyReturn"],  # of all cities, which file the same months
    "hunan_trade/intake/review_page.py": ["review_page MonthlyReturn"],
    "hunan_trade/intake/row_versions.py": ["_versions_from_same_download Upload"],
    "hunan_trade/intake/views_review.py": ["_redirect_to_next MonthlyReturn"],
    "hunan_trade/intake/api_filling.py": ["_stale_response MonthlyReturn"],
    # names that are looked for in the province's own document
    "enterprises/names_sought_in_plan_text.py": ["enterprise_names Enterprise"],
    "events/names_sought_in_plan_text.py": ["event_names Event"],
    "parks/names_sought_in_plan_text.py": ["park_names Park"],
    # batches and rules that are the same for all; memberships of the project whose page was opened
    "projects/batches/joining_requirements.py": ["decided_thresholds BatchThreshold"],
    "projects/batches/filters.py": [
        "_plan_item_choices Batch",
        "_plan_item_choices ItemIdentity",
        "batch_choices Batch",
    ],
    "projects/batches/tables.py": ["_memberships_of BatchMembership"],
    "projects/counting/monthly_counts.py": [
        "_count_by_month Project",
        "_stored_counts Observation",
        "correct_fortune_group_counts FortuneGroup",
        "correct_fortune_group_counts Observation",
        "store_month_counts FortuneGroup",
    ],  # of the cities that changed
    # which plan years are closed is the same for all
    "projects/closed_years/queries.py": ["is_closed YearClosing", "newest_closings YearClosing"],
    # the projects of a group, of any city, of which a city is told nothing
    "projects/fortune_500/verdicts.py": [
        "fortune_verdicts Project",
        "load_fortune_lists FortuneGroup",
        "lock_fortune_verdicts_if_grouped Project",
        "recompute_outdated_verdicts Project",
    ],
    "projects/counting/verdicts.py": [
        "counting_rules CountingDecision",
        "counting_facts Project",
    ],  # rules that are the same for all
    "projects/dates/date_history.py": [
        "date_changes ProjectHistory",  # of the project whose page was opened
        "_first_promises ProjectHistory",  # of the projects that a list shows
    ],
    "projects/monthly_progress/tables_months_of_project.py": ["_months_of ProjectMonth"],
    # of the city whose return is filled in, reviewed or accepted
    "projects/monthly_progress/progress_sheet_data.py": [
        "_accepted_months ProjectMonth",
        "_accepted_rounds Round",
        "_earlier_returns Exemption",
        "_earlier_returns MonthlyReturn",
        "_paid_before ProjectMonth",
        "_project_rows Project",
        "_project_rows ProjectHistory",
        "_steps StageEntry",
        "_steps StageEntryHistory",
        "max_row_count Project",
        "max_row_count StageEntry",
        "lock_city_projects Project",
    ],
    "projects/filters.py": [
        "_listed_years FortuneGroup",
        "_park_choices Park",
        "_decided_years CountingDecision",
    ],  # a register that is the same for all
    # the plan is one for all who read it, and its pages ask plan.see
    "events/filters.py": ["_items Event", "_items ItemIdentity", "_years Event"],
    "hunan_trade/home/province.py": ["_delayed_tasks PlanItem"],
    "targets/models.py": ["in_newest_plan WorkPlan", "current WorkPlan"],
    "targets/filters_roster_entries.py": ["_rosters Roster", "_years Roster"],
    "targets/drafting/queries_draft_page.py": ["draft_page WorkPlan"],
    "targets/drafting/carried_over_rosters_and_targets.py": [
        "carried_over_rosters Roster",
        "carried_over_rosters Target",
        "carried_over_targets Target",
    ],
    "targets/continued_items.py": ["newest_rows_by_identity PlanItem"],
    "targets/dropped_items.py": [
        "load_dropped_items PlanItem",
        "load_dropped_items Target",
        "items_dropped_so_far PlanItem",
        "items_dropped_so_far ItemIdentity",
    ],
    "targets/queries.py": [
        "prefetch_related_rows Roster",
        "prefetch_related_rows RosterEntry",
        "prefetch_related_rows TaskState",
        "row_in_current_version TaskState",
        "row_in_current_version WorkPlan",
        "item_page PlanItem",
        "item_page PlanItem",
        "_compute_newest_plan_statuses WorkPlan",
        "plan_target_statuses RosterEntry",
        "plan_target_statuses Target",
        "current_plan_tree WorkPlan",
        "plan_tree PlanItem",
    ],
    # views of the writer's own group, or the one that get_visible has found before
    "hunan_trade/lists/pages/saved_views.py": [
        "_lock_view SavedView",
        "save_view SavedView",
        "save_view SavedView",
        "set_group_default_view SavedView",
        "set_group_default_view SavedView",
        "update_view SavedView",
    ],
    # a secret's own row; counts for the keepers' desk; the worker's own job
    "hunan_trade/accounts/tokens.py": ["find_token_even_invalid Token", "update_last_used Token"],
    "hunan_trade/intake/queries_workflow_guards.py": ["load_guard_data Exemption"],
    "hunan_trade/home/administration.py": ["_tokens_item Token"],
    "hunan_trade/jobs/expired_data_deletion.py": ["delete_old_jobs Job"],
    "hunan_trade/lists/downloads/download_jobs.py": ["delete_expired_downloads ListDownload"] * 2,
    "hunan_trade/jobs/lease.py": ["_row Job"],
    "hunan_trade/jobs/system_health.py": ["time_since_seen Job"],
    # decisions and lists that are the same for all; projects that are judged, whoever changed another one; projects and steps
    # of those that the reader may see, or of all for the province's reports
    "hunan_trade/indicators/queries_source_and_exchange_rate.py": [
        "source_decisions SourceDecision",
        "exchange_rate_of_year YearRate",
    ],
    "hunan_trade/intake/queries_thresholds.py": [
        "decisions_read_once Threshold",
        "threshold_values_for_month Threshold",
    ],
    "projects/closed_years/tables.py": ["_decided_years YearClosing"],
    "projects/counting/verdict_updates.py": ["update_linked_verdicts Project"],
    "projects/counting/project_locks.py": ["lock_with_linked_projects Project"],
    "projects/counting/source_comparison.py": ["source_comparisons FortuneGroup"],
    "projects/duplicates/candidates.py": [
        "_create_pairs ProjectPair",
        "_pairs_of ProjectPair",
        "record_candidates ProjectPair",
        "record_candidates ProjectPair",
    ],
    "projects/duplicates/compared_projects.py": ["compared_projects Project"],
    "projects/duplicates/linked_projects.py": [
        "load_links ProjectPair",
        "load_links ProjectPairHistory",
    ],
    "projects/duplicates/merged_project_refusals.py": [
        "survivors Project"
    ],  # what is said of them depends on who reads
    "projects/funnel/funnel_query.py": ["_steps StageEntry", "_steps StageEntryHistory"],
    "projects/monthly_progress/queries_total_paid_in.py": ["attach_paid_in ProjectMonth"],
    "projects/register_figures.py": [
        "_figures_by_city ProjectHistory",
        "_figures_by_city StageEntryHistory",
        "_paid_in ProjectMonth",
    ],
    "projects/stages/stage_conditions.py": ["_paid_in_share ProjectMonth"],
    "reporting/switched_data_sources.py": ["new_source_switches_for_earlier_years SourceDecision"],
    "targets/drafting/draft_to_plan.py": ["build_plan_data RosterIdentity"],
}
