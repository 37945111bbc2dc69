"""Holds the steps of projects from stage to stage: who enters and confirms them, and what each stage demands."""
