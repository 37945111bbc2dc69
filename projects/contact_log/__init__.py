"""Records contacts with the investors of projects, and shows why a project needs attention."""
