"""From an uploaded document to the year's next work plan: reading it, mending the proposal on one page, publishing it."""
