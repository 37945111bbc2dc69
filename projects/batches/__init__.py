"""Holds the batches of major projects in Xiangnan (southern Hunan), and the projects in each batch over time."""
