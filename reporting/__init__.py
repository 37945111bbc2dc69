"""Bulletins, dispatch and assessment: what the department tells the 市州, and what it rests on."""
