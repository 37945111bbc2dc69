"""The portal's home page, which differs by the user's role."""
