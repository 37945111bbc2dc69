"""Shows how many projects reach each stage, and how long they take."""
