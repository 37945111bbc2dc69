"""Undertaking of industrial transfer: the city summary of the monthly return. A register of projects follows later."""
