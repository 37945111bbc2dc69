"""Hostile and odd workbooks, each with the answer that it must get.

Every case starts from the filled form of 长沙 for January 2013, which passes without a finding, and does one thing to it.
"""
