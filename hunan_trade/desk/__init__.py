"""The home page of each role: what there is to do, how the year stands, who has reported. Reads only."""
