"""Holds the sheet 项目进度 of the monthly return: stage, expected date, capital and obstacles of each project."""
