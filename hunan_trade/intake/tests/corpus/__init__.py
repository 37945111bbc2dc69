"""Hostile and odd workbooks, each made by a few lines and with the answer it must get declared beside it.

Every case starts from the filled form of 长沙 for January 2013, which passes without a finding, and does one thing to it.
"""
