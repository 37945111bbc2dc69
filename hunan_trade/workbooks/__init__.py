"""Workbooks in and out: reads uploads without trusting them, writes returns and downloads. No models, no requests."""
