"""Load test in which many simulated users file returns at once.

The stored data are compared with the data that the portal acknowledged.
"""
