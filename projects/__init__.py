"""Undertaking of industrial transfer: for now the city summary of the monthly return, later the register of projects."""
