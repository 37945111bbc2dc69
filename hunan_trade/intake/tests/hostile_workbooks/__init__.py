"""Hostile and odd workbooks as test cases, each with the findings or refusal to be expected.

Every case starts from the filled form of 长沙 for January 2013, which passes without a finding, and does one thing to it.
"""
