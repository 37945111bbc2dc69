"""Keeps the batches of major projects in Xiangnan, and which projects are in each of them, from when until when."""
