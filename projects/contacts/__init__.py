"""Logs contacts with the investors of projects, and shows what a project needs."""
