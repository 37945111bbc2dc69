"""Work on the portal from outside of it: installing and measuring."""
