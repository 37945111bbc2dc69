"""Stores which users follow which projects."""
