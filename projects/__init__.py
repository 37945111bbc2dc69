"""Holds the city summary of the monthly return: trade, projects, capital and jobs of a city."""
