"""What every page shares: access, login, middleware, lists, downloads, components, the API base."""
