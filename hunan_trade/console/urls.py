"""URL patterns of the login pages and of the pages of one account, role, token, audit event or job."""

from django.urls import path

from hunan_trade.console import (
    views_accounts,
    views_audit_event,
    views_gallery,
    views_jobs,
    views_login,
    views_role_permissions,
    views_tokens,
)

app_name = "console"
urlpatterns = [
    path("login/", views_login.login, name="login"),
    path("login/again/", views_login.reauth, name="reauth"),
    path("logout/", views_login.logout, name="logout"),
    path("activate/", views_login.activate_account, name="activate"),
    path("password/", views_login.change_password, name="password"),
    path("sessions/", views_login.own_sessions, name="sessions"),
    path("sessions/end/", views_login.end_all_sessions, name="sessions-end"),
    path("sessions/<int:pk>/end/", views_login.end_session, name="session-end"),
    path("roles/", views_role_permissions.roles, name="roles"),
    path("accounts/new/", views_accounts.account_new, name="account-new"),
    path("accounts/<int:pk>/", views_accounts.account, name="account"),
    path("accounts/<int:pk>/close/", views_accounts.account_close, name="account-close"),
    path("accounts/<int:pk>/reopen/", views_accounts.account_reopen, name="account-reopen"),
    path("accounts/<int:pk>/reset/", views_accounts.account_password_reset, name="account-reset"),
    path("codes/<int:pk>/release/", views_accounts.activation_code_release, name="code-release"),
    path("grants/<int:pk>/", views_accounts.role_give, name="role-give"),
    path("grants/<int:pk>/unlock/", views_accounts.account_unlock, name="account-unlock"),
    path("grants/<int:pk>/sign-out/", views_accounts.account_sign_out, name="account-sign-out"),
    path("tokens/new/", views_tokens.token_new, name="token-new"),
    path("tokens/<int:pk>/", views_tokens.token, name="token"),
    path("tokens/<int:pk>/fetch/", views_tokens.token_fetch, name="token-fetch"),
    path("tokens/<int:pk>/revoke/", views_tokens.token_revoke, name="token-revoke"),
    path("audit/<int:seq>/", views_audit_event.audit_event, name="audit-event"),
    path("jobs/<int:pk>/", views_jobs.job, name="job"),
    path("jobs/<int:pk>/progress/", views_jobs.job_progress, name="job-progress"),
    path("jobs/<int:pk>/retry/", views_jobs.job_retry, name="job-retry"),
    path("gallery/", views_gallery.gallery, name="gallery"),
]
