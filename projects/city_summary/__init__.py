"""Holds the city summary, the sheet of the monthly return with trade, projects, capital and jobs."""
