"""Load test: many simulated users file returns at once; the stored data are compared with the portal's answers."""
