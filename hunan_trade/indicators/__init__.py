"""Stores every version of the cities' monthly figures, and computes growth rates, shares and ranks from them."""
