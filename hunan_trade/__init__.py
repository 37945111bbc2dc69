"""The portal of 湖南省商务厅: the project's roof, and the rooms every business app stands on."""
