"""Lists the functions that read rows of cities without filtering them by the user, and why each may."""

from __future__ import annotations

# Functions that read such rows for no reader in particular, by what makes that right.
READS_WITHOUT_READER = {
    # figures of regions that the calling page or job names, and that page asked for by its own permission
    "enterprises/intake_sheet.py": ["load_history ProcessingTrade", "count_rows Enterprise"],
    "enterprises/queries.py": [
        "_cumulative_trade_of_several ProcessingTrade",
        "_largest_enterprise_ids ProcessingTrade",
        "cumulative_trade ProcessingTrade",
        "attach_trade ProcessingTrade",
        "city_register Enterprise",
        "city_register Enterprise",
        "city_register EnterpriseHistory",
        "trade_history ProcessingTrade",
    ],
    "hunan_trade/indicators/models_observation.py": ["newest_versions Observation"],
    "hunan_trade/indicators/queries.py": ["_values_of_sources Observation"],
    # the province's reports, written from everything that is accepted
    "reporting/corrections.py": ["_printed_observations Observation", "_versions_by_series Observation"],
    "reporting/common_facts.py": [
        "_attach_cell_origins ProcessingTrade",
        "accepted_rounds Round",
        "count_in_included_cities Enterprise",
        "excluded_cities MonthlyReturn",
        "return_facts MonthlyReturn",
        "return_facts Round",
        "attach_origins Observation",
    ],
    "reporting/report_page.py": ["build_report_page Round"],
    "reporting/provenance.py": ["_observed_chain Round"],
    "reporting/queries.py": ["last_bulletin_month Report", "previous_content Report", "changes_since_draft Round"],
    "reporting/filters.py": ["_years Report"],
    "reporting/tasks.py": ["_needs_draft Report", "request_due_drafts MonthlyReturn"],
    # the province's queue of review, and the return that get_visible has found before
    "hunan_trade/intake/queries.py": ["review_queue MonthlyReturn", "missing_returns MonthlyReturn"],
    "hunan_trade/intake/filters.py": ["_years MonthlyReturn"],  # of all cities, which file the same months
    "hunan_trade/intake/review_page.py": ["review_page MonthlyReturn"],
    "hunan_trade/intake/row_versions.py": ["_own_versions Upload"],
    "hunan_trade/intake/views_review.py": ["_redirect_to_next MonthlyReturn"],
    "hunan_trade/intake/api_filling.py": ["_stale_response MonthlyReturn"],
    # names that are looked for in the province's own document
    "enterprises/names_for_plan_search.py": ["enterprise_names Enterprise"],
    "events/names_for_plan_search.py": ["event_names Event"],
    "parks/names_for_plan_search.py": ["park_names Park"],
    # batches and rules that are the same for all; memberships of the project whose page was opened
    "projects/batches/entrants.py": ["decided_thresholds BatchThreshold"],
    "projects/batches/filters.py": ["_items Batch", "_items ItemIdentity", "batches Batch"],
    "projects/batches/tables.py": ["_memberships_of BatchMembership"],
    "projects/counting/count_observations.py": [
        "_count Project",
        "_observed_counts Observation",
        "correct_group_counts FortuneGroup",
        "correct_group_counts Observation",
        "observe_month FortuneGroup",
    ],  # of the cities that changed
    # which plan years are closed is the same for all
    "projects/closed_years/queries.py": ["is_closed YearClosing", "newest_closings YearClosing"],
    # the projects of a group, of any city, of which a city is told nothing
    "projects/fortune/verdicts.py": [
        "fortune_verdicts Project",
        "loaded_lists FortuneGroup",
        "lock_groups_of Project",
        "wrongly_judged Project",
    ],
    "projects/counting/verdicts.py": [
        "counting_rules CountingDecision",
        "facts_of Project",
    ],  # rules that are the same for all
    "projects/dates/date_history.py": [
        "date_changes ProjectHistory",  # of the project whose page was opened
        "_first_promises ProjectHistory",  # of the projects that a list shows
    ],
    "projects/monthly_progress/tables.py": ["_months_of ProjectMonth"],
    # of the city whose return is filled in, reviewed or accepted
    "projects/monthly_progress/register.py": [
        "_accepted_months ProjectMonth",
        "_accepted_rounds Round",
        "_earlier_returns Exemption",
        "_earlier_returns MonthlyReturn",
        "_paid_before ProjectMonth",
        "_projects Project",
        "_projects ProjectHistory",
        "_steps StageEntry",
        "_steps StageEntryHistory",
        "count_rows Project",
        "count_rows StageEntry",
        "lock_register Project",
    ],
    "projects/filters.py": [
        "_listed_years FortuneGroup",
        "_parks Park",
        "_decided_years CountingDecision",
    ],  # a register that is the same for all
    # the plan is one for all who read it, and its pages ask plan.see
    "events/filters.py": ["_items Event", "_items ItemIdentity", "_years Event"],
    "hunan_trade/home/province.py": ["_late_tasks PlanItem"],
    "targets/models.py": ["in_newest_plan WorkPlan", "current WorkPlan"],
    "targets/filters.py": ["_rosters Roster", "_years Roster"],
    "targets/drafting/queries.py": ["draft_page WorkPlan"],
    "targets/drafting/carried_over_facts.py": ["roster_facts Roster", "roster_facts Target", "target_facts Target"],
    "targets/continued_items.py": ["newest_rows PlanItem"],
    "targets/dropped_items.py": [
        "as_dropped_items PlanItem",
        "as_dropped_items Target",
        "items_dropped_so_far PlanItem",
        "items_dropped_so_far ItemIdentity",
    ],
    "targets/queries.py": [
        "prefetch_facts Roster",
        "prefetch_facts RosterEntry",
        "prefetch_facts TaskState",
        "row_in_current_version TaskState",
        "row_in_current_version WorkPlan",
        "item_page PlanItem",
        "item_page PlanItem",
        "_read_statuses WorkPlan",
        "plan_target_statuses RosterEntry",
        "plan_target_statuses Target",
        "current_plan_tree WorkPlan",
        "plan_tree PlanItem",
    ],
    # views of the writer's own group, or the one that get_visible has found before
    "hunan_trade/lists/pages/saved_views.py": [
        "_locked SavedView",
        "save_view SavedView",
        "save_view SavedView",
        "set_default SavedView",
        "set_default SavedView",
        "update_view SavedView",
    ],
    # a secret's own row; counts for the keepers' desk; the worker's own job
    "hunan_trade/accounts/tokens.py": ["find_token_even_invalid Token", "record_use Token"],
    "hunan_trade/intake/guard_facts.py": ["guard_facts Exemption"],
    "hunan_trade/home/administration.py": ["_tokens_item Token"],
    "hunan_trade/jobs/expired_data.py": ["delete_old_jobs Job"],
    "hunan_trade/lists/downloads/download_jobs.py": ["delete_expired_downloads ListDownload"] * 2,
    "hunan_trade/jobs/lease.py": ["_row Job"],
    "hunan_trade/jobs/system_health.py": ["time_since_seen Job"],
    # decisions and lists that are the same for all; projects that are judged, whoever changed another one; projects and steps
    # of those that the reader may see, or of all for the province's reports
    "hunan_trade/indicators/queries_source_and_rate.py": ["source_decisions SourceDecision", "year_rate YearRate"],
    "hunan_trade/intake/queries_thresholds.py": ["decisions_read_once Threshold", "values_of_month Threshold"],
    "projects/closed_years/tables.py": ["_decided_years YearClosing"],
    "projects/counting/judging.py": ["follow_verdicts Project"],
    "projects/counting/project_locks.py": ["lock_to_judge Project"],
    "projects/counting/source_comparison.py": ["source_comparisons FortuneGroup"],
    "projects/duplicates/candidates.py": [
        "_create ProjectPair",
        "_pairs_of ProjectPair",
        "record_candidates ProjectPair",
        "record_candidates ProjectPair",
    ],
    "projects/duplicates/compared_projects.py": ["compared_projects Project"],
    "projects/duplicates/linked_projects.py": [
        "load_links ProjectPair",
        "load_links ProjectPairHistory",
    ],
    "projects/duplicates/merged_projects.py": ["survivors Project"],  # what is said of them depends on who reads
    "projects/funnel/funnel_query.py": ["_steps StageEntry", "_steps StageEntryHistory"],
    "projects/monthly_progress/paid_in.py": ["attach_paid_in ProjectMonth"],
    "projects/register_figures.py": ["_amounts ProjectHistory", "_amounts StageEntryHistory", "_paid_in ProjectMonth"],
    "projects/stages/stage_facts.py": ["_paid_in_share ProjectMonth"],
    "reporting/switched_sources.py": ["switches_of_earlier_years SourceDecision"],
    "targets/drafting/draft_to_plan.py": ["plan_facts RosterIdentity"],
}
