"""Register of enterprises, and their processing trade month by month."""
